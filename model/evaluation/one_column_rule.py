"""The rule of one column: what the train rows with the same value teach."""

import hashlib
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.feature_engineering.columns import Column
from model.feature_engineering.labels import Answers, Label, Tally
from model.feature_engineering.raw_rows import as_floats

MAX_VALUES = 50
QUANTILE_BUCKETS = 20
_LONGEST_WORD = 64

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

    def answers(
        self, metric: str, values: np.ndarray, labels: np.ndarray, weights: np.ndarray
    ) -> Answers:
        """Returns what the rule says of a batch, where it is measured by one of its metrics."""
        return self._tally.answers(metric, self._find(values), labels, weights)

    def scores(self) -> dict[str, float]:
        """Returns the rule's metrics on all eval rows, by name."""
        return self._tally.scores()


def as_rule_values(values: np.ndarray, column: Column) -> np.ndarray:
    """Returns what tells values of a column apart: numbers, or short words.

    A list becomes one word, and a long text its digest, so that neither fills the memory.
    """
    if column.length is None:
        values = to_words(values)
    elif column.type != "BYTES":
        return values
    if max(map(len, values), default=0) <= _LONGEST_WORD:
        return values
    short = [one if len(one) <= _LONGEST_WORD else hashlib.sha256(one).digest() for one in values]
    return np.array(short, object)


def to_words(lists: np.ndarray) -> np.ndarray:
    """Returns each list as one word, of shape [rows]."""
    words = [
        b"\x1f".join(one.tolist() if one.dtype == object else one.astype(bytes).tolist())
        for one in lists
    ]
    return np.array(words, object)


def _buckets(train: pa.Array, column: Column) -> tuple[np.ndarray, int, FindBucket]:
    """Returns the train values' buckets, how many there are, and how to find those of others."""
    if column.type == "BYTES" or column.length is None:
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
