"""Which classes are taken for which, as a table."""

import dataclasses
from collections.abc import Sequence

from model.evaluation.metrics import read_confusion
from model.feature_engineering.columns import columns_of
from model.feature_engineering.labels import Label
from model.feature_engineering.vocabularies import read_vocabulary
from pipeline.report.runs import Run
from pipeline.report.text import plain
from zeroskew.schema import read_schema, schema_file

_MOST_CLASSES = 20


@dataclasses.dataclass(frozen=True)
class Confusion:
    """How often classes are taken for others.

    Attributes:
        classes: the most frequent ones, as a client gets them.
        rows: for each of them as the true class, how often each of them was said.
        shares: the same as shares of the true class's rows.
        left_out: how many classes are not shown.
    """

    classes: Sequence[str]
    rows: Sequence[Sequence[float]]
    shares: Sequence[Sequence[float]]
    left_out: int


def class_names(run: Run, label: Label) -> Sequence[str]:
    """Returns the label's classes in the order in which a client gets them; empty without any."""
    transformed, schema = run.outputs("Transform"), run.outputs("CuratedSchema")
    if not transformed or not schema:
        return ()
    vocabulary = read_vocabulary(transformed["transform_graph"][0].uri, label.name)
    columns = columns_of(read_schema(schema_file(schema["schema"][0])))
    return label.class_names(vocabulary, columns)


def confusion(run: Run, names: Sequence[str]) -> Confusion | None:
    """Reads how often classes are taken for others; None if the label has no classes.

    Args:
        run: the run.
        names: of the classes, in the order in which a client gets them.
    """
    evaluated = run.outputs("Evaluator")
    if not evaluated or not names:
        return None
    counted = read_confusion(evaluated["evaluation"][0].uri)
    if not counted:
        return None
    totals = [0.0] * len(names)
    for (actual, _), weight in counted.items():
        totals[actual] += weight
    frequent = sorted(range(len(names)), key=lambda one: -totals[one])[:_MOST_CLASSES]
    shown = sorted(frequent)
    rows = [[counted.get((actual, said), 0.0) for said in shown] for actual in shown]
    return Confusion(
        classes=[plain(names[one], 30) for one in shown],
        rows=rows,
        shares=[
            [one / max(totals[actual], 1e-12) for one in row]
            for actual, row in zip(shown, rows, strict=True)
        ],
        left_out=len(names) - len(shown),
    )
