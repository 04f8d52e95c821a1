"""The rule of one column: for each of its values, the rate of positive labels seen with it."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.feature_engineering.columns import Column
from model.feature_engineering.raw_rows import as_floats

MAX_VALUES = 50
QUANTILE_BUCKETS = 20

FindBucket = Callable[[np.ndarray], np.ndarray]
"""Takes canonical values; returns the number of each one's bucket."""


class OneColumnRule:
    """Predicts the rate of positive labels among the train rows with the same value.

    A word is a bucket of its own, and so is a number, if there are few; many numbers are cut at
    quantiles. A missing value has its own bucket, and a value that was never seen has the last one,
    which predicts the base rate. Values come in batches, and memory depends on the buckets only.
    """

    def __init__(
        self, train: pa.Array, label: np.ndarray, base_rate: float, column: Column
    ) -> None:
        """Learns the rule.

        Args:
            train: canonical values of the train split, of shape [rows].
            label: boolean array of shape [rows].
            base_rate: the rate of positive labels among all train rows.
            column: the values' column.
        """
        positions, count, self._find = _buckets(train, column)
        rows = np.bincount(positions, minlength=count + 1)
        positives = np.bincount(positions, weights=label, minlength=count + 1)
        self._rates = np.where(rows > 0, positives / np.maximum(rows, 1), base_rate)
        self._rows = np.zeros(count + 1, np.int64)
        self._positives = np.zeros(count + 1, np.int64)

    def evaluate(self, values: np.ndarray, label: np.ndarray) -> None:
        """Takes in a batch of the eval split: canonical values and booleans of shape [rows]."""
        positions, buckets = self._find(values), len(self._rows)
        self._rows += np.bincount(positions, minlength=buckets)
        self._positives += np.bincount(positions[label], minlength=buckets)

    def accuracy(self) -> float:
        """Returns the fraction of eval rows that the rule gets right at the threshold 0.5."""
        negatives = self._rows - self._positives
        right = np.where(self._rates > 0.5, self._positives, negatives)
        return float(right.sum() / self._rows.sum())

    def auc(self) -> float:
        """Returns the area under the ROC curve on the eval rows, which have both classes.

        It is the share of pairs of a positive and a negative row in which the positive one has the
        higher rate; half of those with equal rates count.
        """
        rates, groups = np.unique(self._rates, return_inverse=True)
        positives = np.bincount(groups, weights=self._positives, minlength=len(rates))
        rows = np.bincount(groups, weights=self._rows, minlength=len(rates))
        negatives = rows - positives
        below = np.cumsum(negatives) - negatives
        won = positives @ (below + negatives / 2)
        return float(won / (positives.sum() * negatives.sum()))


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
