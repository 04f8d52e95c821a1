"""The rows that a model answers worst, as they stand in the data."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from model.evaluation.answers import RowAnswers, row_keys
from model.feature_engineering.labels import Label
from model.feature_engineering.raw_rows import read_batches
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True)
class WrongRow:
    """A row, and how wrong the answer to it was.

    Attributes:
        columns: the row's values by column; text is decoded, a list is one value.
        label: as models learn it: 0 or 1, a number, or the number of a class.
        score: what the label's metrics are computed from.
        loss: how wrong that is.
    """

    columns: Mapping[str, object]
    label: float
    score: float
    loss: float


def worst_rows(
    answers: RowAnswers, model: str, label: Label, folder: str, count: int
) -> Sequence[WrongRow]:
    """Returns the rows with the greatest losses, the worst first.

    Args:
        answers: to all rows of a split.
        model: whose answers.
        label: what is predicted.
        folder: the split's tf.Examples, the very ones that were answered.
        count: how many rows at most.
    """
    mine = answers.by_name[model]
    counted = np.flatnonzero((mine.weights > 0) & np.isfinite(mine.scores))
    losses = label.losses(mine.take(counted))
    worst = np.argsort(-losses, kind="stable")[:count]
    chosen = counted[worst].tolist()
    found = _read_at(folder, sorted(chosen))
    return [
        WrongRow(
            _columns(found[place]),
            float(mine.labels[place]),
            float(mine.scores[place]),
            loss,
        )
        for place, loss in zip(chosen, losses[worst].tolist(), strict=True)
        if row_keys(np.array([found[place]], object))[0] == answers.keys[place]
    ]


def _read_at(folder: str, places: Sequence[int]) -> dict[int, bytes]:
    """Returns the serialized tf.Examples at some places of a split, in the order of its files."""
    found: dict[int, bytes] = {}
    first = 0
    for batch in read_batches(folder, lambda serialized: serialized):
        inside = [place for place in places if first <= place < first + len(batch)]
        found |= {place: batch[place - first] for place in inside}
        first += len(batch)
        if len(found) == len(places):
            break
    return found


def _columns(serialized: bytes) -> dict[str, object]:
    example = tf.train.Example.FromString(serialized)
    values: dict[str, object] = {}
    for name, feature in sorted(example.features.feature.items()):
        kind = feature.WhichOneof("kind")
        held = list(getattr(feature, kind).value) if kind else []
        texts = [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in held]
        values[name] = texts[0] if len(texts) == 1 else texts
    return values
