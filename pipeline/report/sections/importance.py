"""What the model owes to each column, as a table with a picture."""

import dataclasses
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfx.types import artifact_utils
from tfx.utils import path_utils

from model.evaluation.answers import read_answers
from model.evaluation.importance import importances
from model.evaluation.metrics import CANDIDATE
from model.feature_engineering.feature_set import FeatureSet
from model.serving.saved_model import SavedModel
from pipeline.report.runs import Run
from pipeline.report.text import plain
from zeroskew.files import write_atomically

_SHOWN = 100
_FILE = "importance.json"

logger = logging.getLogger("zeroskew")


@dataclasses.dataclass(frozen=True)
class Owed:
    """What the model owes to a column.

    Attributes:
        column: of the raw data.
        loss: how much worse the metric becomes without it.
        low: the lower end of that number's 95 % interval.
        high: the upper end.
        share: of the greatest loss, from 0 to 1.
    """

    column: str
    loss: float
    low: float
    high: float
    share: float


@dataclasses.dataclass(frozen=True)
class ImportanceView:
    """What the model owes to its columns.

    Attributes:
        metric: as a table shows it.
        is_share: whether losses are shares of the metric.
        rows: on how many eval rows it was measured.
        columns: the first ones, the one that it owes most before the others.
        left_out: how many columns are not shown.
    """

    metric: str
    is_share: bool
    rows: int
    columns: Sequence[Owed]
    left_out: int


def importance(run: Run, known: FeatureSet | None) -> ImportanceView | None:
    """Says what the model owes to its columns; None if there is no model to ask.

    What the step Report has measured is not measured again.
    """
    made = run.outputs("Report")
    file = Path(made["page"][0].uri, _FILE) if made else None
    if file and file.is_file():
        return _read(file)
    stop = run.record.stop if run.record else None
    # Who has pressed Ctrl-C does not want to wait.
    return None if stop and stop.is_interrupt else _measure(run, known)


def keep(folder: Path, view: object) -> None:
    """Keeps what was measured in a folder."""
    content = dataclasses.asdict(view) if isinstance(view, ImportanceView) else None
    write_atomically(folder / _FILE, json.dumps(content))


def _read(file: Path) -> ImportanceView | None:
    content: dict[str, Any] | None = json.loads(file.read_text(encoding="utf-8"))
    if content is None:
        return None
    columns = [Owed(**one) for one in content.pop("columns")]
    return ImportanceView(**content, columns=columns)


def _measure(run: Run, known: FeatureSet | None) -> ImportanceView | None:
    trained, ingested, evaluated = map(run.outputs, ("Trainer", "ExampleGen", "Evaluator"))
    if not trained or not ingested or not evaluated or known is None:
        return None
    try:
        model = SavedModel(path_utils.serving_model_path(trained["model"][0].uri))
    except OSError as error:
        logger.warning("the page is made without importances: %s", error)
        return None
    found = importances(
        model,
        known.label,
        known.sources,
        read_answers(evaluated["evaluation"][0].uri),
        CANDIDATE,
        artifact_utils.get_split_uri(ingested["examples"], "eval"),
        known.vector_versions,
    )
    if found is None:
        return None
    greatest = max((one.loss.value for one in found.columns), default=0.0)
    return ImportanceView(
        metric=found.metric.title,
        is_share=found.metric.relative,
        rows=found.rows,
        columns=[
            Owed(
                plain(one.column),
                one.loss.value,
                one.loss.low,
                one.loss.high,
                max(0.0, one.loss.value / greatest) if greatest > 0 else 0.0,
            )
            for one in found.columns[:_SHOWN]
        ],
        left_out=max(0, len(found.columns) - _SHOWN),
    )
