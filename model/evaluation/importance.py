"""How much a model owes to each column: what it loses if the column's values change places.

Source: Breiman, "Random Forests" (2001). Two columns that say the same stand in for each other:
each of them alone then seems to matter little.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from model.evaluation.analysis import as_answers
from model.evaluation.answers import RowAnswers
from model.evaluation.estimates import Estimate, gain
from model.evaluation.primary_metrics import Predictions
from model.feature_engineering.columns import Column
from model.feature_engineering.labels import Label, Metric
from model.feature_engineering.raw_rows import RawColumns, filled_up, read_columns
from model.feature_engineering.vector_versions import VectorVersion
from model.serving.raw_columns import SIGNATURE, columns_taken
from model.serving.saved_model import SavedModel

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
    versions: Sequence[VectorVersion] = (),
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
        versions: of vectors, in columns that change places only with these: no model takes a vector
            without its version.

    Returns:
        None if the metric means nothing on these rows, which may all be alike.
    """
    mine, metric = answers.by_name[name], label.METRICS[0]
    count = min(_MOST_ROWS, max(_LEAST_ROWS, _PREDICTIONS // max(1, len(columns))))
    known = np.flatnonzero((mine.weights[:count] > 0) & np.isfinite(mine.scores[:count]))
    asked = mine.take(known)
    before = label.influences(asked) if len(known) > 1 else {}
    if metric.name not in before:
        return None
    rows = _first_rows(folder, columns_taken(model), known)
    order = np.random.default_rng(0).permutation(len(known))
    beside = {one.vector: one.column for one in versions}
    asked_of = [column for column in columns if column not in beside.values()]
    found = []
    for some in _bundles(asked_of, max(1, _MOST_ROWS // len(known))):
        scores = model.call(SIGNATURE, _mixed(rows, some, order, beside))[label.SCORE]
        for column, own in zip(some, np.split(scores, len(some)), strict=True):
            after = label.influences(as_answers(Predictions(asked.labels, own, asked.weights)))
            found.append(Importance(column, gain(metric, before[metric.name], after[metric.name])))
    found.sort(key=lambda one: -one.loss.value)
    return Importances(metric, len(known), found)


def _first_rows(folder: str, columns: Sequence[Column], places: np.ndarray) -> RawColumns:
    """Returns the rows at these places, in rising order, as clients send them."""
    parts: list[RawColumns] = []
    read = 0
    for part in read_columns(folder, columns):
        parts.append(part)
        read += len(part[columns[0].name])
        if read > places[-1]:
            break
    whole = {one.name: np.concatenate([part[one.name] for part in parts]) for one in columns}
    return {name: filled_up(values[places]) for name, values in whole.items()}


def _bundles(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]


def _mixed(
    rows: RawColumns, names: Sequence[str], order: np.ndarray, beside: Mapping[str, str]
) -> RawColumns:
    """Returns the rows once for each name, there with the values of this column in other places.

    The column beside it, if there is one, goes with it.
    """
    repeated = {name: np.concatenate([values] * len(names)) for name, values in rows.items()}
    for place, name in enumerate(names):
        start = place * len(order)
        for moved in {name, beside.get(name, name)}:
            repeated[moved][start : start + len(order)] = rows[moved][order]
    return repeated
