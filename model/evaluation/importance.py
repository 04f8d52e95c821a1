"""How much a model owes to each column: what it loses if the column's values change places.

Source: Breiman, "Random Forests" (2001). Two columns that say the same stand in for each other:
each of them alone then seems to matter little.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from model.evaluation.analysis import as_answers
from model.evaluation.answers import RowAnswers
from model.evaluation.estimates import Estimate, gain
from model.evaluation.primary_metrics import Predictions
from model.feature_engineering.labels import Label, Metric
from model.feature_engineering.raw_rows import read_batches
from model.serving.saved_model import SavedModel
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

_PREDICTIONS = 40_000
_MOST_ROWS, _LEAST_ROWS = 2_000, 200


@dataclasses.dataclass(frozen=True)
class Importance:
    """What the model owes to a column.

    Attributes:
        column: of the raw data.
        loss: how much worse the label's first metric becomes, with its 95 % interval.
    """

    column: str
    loss: Estimate


@dataclasses.dataclass(frozen=True)
class Importances:
    """What the model owes to its columns.

    Attributes:
        metric: by which that is measured.
        rows: on how many rows.
        columns: the one that it owes most comes first.
    """

    metric: Metric
    rows: int
    columns: Sequence[Importance]


def importances(
    model: SavedModel,
    label: Label,
    columns: Sequence[str],
    answers: RowAnswers,
    name: str,
    folder: str,
) -> Importances | None:
    """Measures what a model owes to columns, on the first rows of a split.

    The number of predictions is about the same for few and for many columns.

    Args:
        model: the SavedModel.
        label: what is predicted.
        columns: the raw columns that features read.
        answers: to all rows of the split.
        name: of the model in the answers.
        folder: the split's tf.Examples, in the order of the answers.

    Returns:
        None if the metric means nothing on these rows, which may all be alike.
    """
    mine, metric = answers.by_name[name], label.METRICS[0]
    count = min(_MOST_ROWS, max(_LEAST_ROWS, _PREDICTIONS // max(1, len(columns))))
    rows = _first_rows(folder, count)
    known = (mine.weights > 0) & np.isfinite(mine.scores)
    places = np.flatnonzero(known[: len(rows)])
    before = label.influences(mine.take(places)) if len(places) > 1 else {}
    if metric.name not in before:
        return None
    examples = [tf.train.Example.FromString(rows[place]) for place in places.tolist()]
    order = np.random.default_rng(0).permutation(len(examples))
    found = []
    for column in columns:
        scores = model.call("serving_default", {"examples": _mixed(examples, column, order)})
        mixed = Predictions(mine.labels[places], scores[label.SCORE], mine.weights[places])
        after = label.influences(as_answers(mixed))[metric.name]
        found.append(Importance(column, gain(metric, before[metric.name], after)))
    found.sort(key=lambda one: -one.loss.value)
    return Importances(metric, len(examples), found)


def _first_rows(folder: str, count: int) -> list[bytes]:
    rows: list[bytes] = []
    for batch in read_batches(folder, lambda serialized: serialized):
        rows += batch[: count - len(rows)].tolist()
        if len(rows) == count:
            break
    return rows


def _mixed(examples: Sequence[Any], column: str, order: Iterable[int]) -> np.ndarray:
    """Returns the tf.Examples, each with the column's value of another, serialized."""
    rows = []
    for example, place in zip(examples, order, strict=True):
        row = tf.train.Example()
        row.CopyFrom(example)
        row.features.feature[column].CopyFrom(examples[place].features.feature[column])
        rows.append(row.SerializeToString())
    return np.array(rows, object)
