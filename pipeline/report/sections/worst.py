"""The eval rows with the worst answers, as a table of texts."""

import dataclasses
from collections.abc import Sequence

from tfx.types import artifact_utils

from model.evaluation.answers import RowAnswers
from model.evaluation.metrics import CANDIDATE
from model.evaluation.worst_rows import worst_rows
from model.feature_engineering.labels import Label
from pipeline.report.runs import Run
from pipeline.report.text import amount, plain

_ROWS = 10
_COLUMNS = 40
_LONGEST = 60


@dataclasses.dataclass(frozen=True)
class WorstRow:
    """A row.

    Attributes:
        label: the true answer.
        score: what is measured of the model's.
        loss: how wrong that is.
        values: of the row, one for each column.
    """

    label: str
    score: float
    loss: float
    values: Sequence[str]


@dataclasses.dataclass(frozen=True)
class Worst:
    """The rows with the worst answers, the worst first.

    Attributes:
        columns: of the rows, the first ones.
        left_out: how many columns are not shown.
        rows: one by one.
    """

    columns: Sequence[str]
    left_out: int
    rows: Sequence[WorstRow]


def worst(run: Run, answers: RowAnswers, label: Label, classes: Sequence[str]) -> Worst | None:
    """Reads the rows with the worst answers; None if there are none.

    Args:
        run: the run.
        answers: to all eval rows.
        label: what is predicted.
        classes: of the label, in the order in which a client gets them; empty if it has none.
    """
    ingested = run.outputs("ExampleGen")
    if ingested is None:
        return None
    folder = artifact_utils.get_split_uri(ingested["examples"], "eval")
    found = worst_rows(answers, CANDIDATE, label, folder, _ROWS)
    if not found:
        return None
    columns = sorted({name for row in found for name in row.columns})
    rows = [
        WorstRow(
            label=plain(classes[int(row.label)], 40) if classes else amount(row.label),
            score=row.score,
            loss=row.loss,
            values=[_value(row.columns.get(name)) for name in columns[:_COLUMNS]],
        )
        for row in found
    ]
    names = [plain(name, 40) for name in columns[:_COLUMNS]]
    return Worst(names, max(0, len(columns) - _COLUMNS), rows)


def _value(value: object) -> str:
    if isinstance(value, list):
        return plain(", ".join(map(_value, value)), _LONGEST)
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else plain(value, _LONGEST)
