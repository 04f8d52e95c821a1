"""The rule of one column: what the train rows with the same value teach."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.feature_engineering.columns import Column
from model.feature_engineering.labels import Label, Tally
from model.feature_engineering.raw_rows import as_floats

MAX_VALUES = 50
QUANTILE_BUCKETS = 20

FindBucket = Callable[[np.ndarray], np.ndarray]
"""Takes canonical values; returns the number of each one's bucket."""


class OneColumnRule:
    """Predicts what the label's tally does for rows with the same value.

    A word is a bucket of its own, and so is a number, if there are few; many numbers are cut at
    quantiles. A missing value has its own bucket, and a value that was never seen has the last one,
    for which all rows teach. Values come in batches, and memory depends on the buckets only.

    Args:
        train: canonical values of the train split, of shape [rows].
        column: the values' column.
        label: whose tally it is.
        labels: of the train rows, of shape [rows].
        weights: what each of them counts.
    """

    def __init__(
        self,
        train: pa.Array,
        column: Column,
        label: Label,
        labels: np.ndarray,
        weights: np.ndarray,
    ) -> None:
        buckets, count, self._find = _buckets(train, column)
        self._tally: Tally = label.tally(buckets, count + 1, labels, weights)

    def evaluate(self, values: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> None:
        """Takes in a batch of the eval split: canonical values, labels, weights, shape [rows]."""
        self._tally.evaluate(self._find(values), labels, weights)

    def scores(self) -> dict[str, float]:
        """Returns the rule's metrics on all eval rows, by name."""
        return self._tally.scores()


def _buckets(train: pa.Array, column: Column) -> tuple[np.ndarray, int, FindBucket]:
    """Returns the train values' buckets, how many there are, and how to find those of others."""
    if column.type == "BYTES":
        encoded = train.dictionary_encode()
        words = encoded.dictionary
        return encoded.indices.to_numpy(), len(words), lambda values: _find_words(values, words)
    values = train.to_numpy()
    known = np.unique(train.unique().to_numpy())
    if len(known) <= MAX_VALUES:
        return np.searchsorted(known, values), len(known), lambda new: _find_numbers(new, known)
    steps = np.linspace(0, 1, QUANTILE_BUCKETS + 1)[1:-1]
    boundaries = np.unique(np.nanquantile(as_floats(values, column), steps))

    def find(values: np.ndarray) -> np.ndarray:
        numbers = as_floats(values, column)
        return np.where(np.isnan(numbers), 0, np.digitize(numbers, boundaries) + 1)

    return find(values), len(boundaries) + 2, find


def _find_words(values: np.ndarray, words: pa.Array) -> np.ndarray:
    found = pc.index_in(pa.array(values, words.type), value_set=words)
    return pc.fill_null(found, len(words)).to_numpy()


def _find_numbers(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    positions = np.searchsorted(known, values)
    nearest = known[np.minimum(positions, len(known) - 1)]
    # NaN is sorted last and does not equal itself.
    same = (nearest == values) | ((nearest != nearest) & (values != values))
    return np.where(same, positions, len(known))
