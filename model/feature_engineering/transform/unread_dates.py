"""Dates that were there and could not be read: to the network they are missing."""

import threading
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.feature_engineering.columns import MISSING_INT
from model.feature_engineering.kinds import DateTime, Feature

UNREAD_DATES_FILE = "unread_dates.json"


class UnreadDates:
    """Counts the values that date features took for missing ones; threads may share it.

    Args:
        features: of any kind.
    """

    def __init__(self, features: Iterable[Feature]) -> None:
        self._dates = [one for one in features if isinstance(one, DateTime)]
        self._lock = threading.Lock()
        self._there: Counter[str] = Counter()
        self._unread: Counter[str] = Counter()

    def add(self, raw: pa.RecordBatch, transformed: pa.RecordBatch) -> None:
        """Counts the rows of a batch, before and after Transform."""
        for feature in self._dates:
            there = _has_value(raw.column(feature.column))
            missing = transformed.column(f"{feature.key}_missing").to_numpy() > 0
            with self._lock:
                self._there[feature.name] += int(np.count_nonzero(there))
                self._unread[feature.name] += int(np.count_nonzero(there & missing))

    def found(self) -> dict[str, str]:
        """Returns, for each feature with such values, how many and what to do."""
        return {
            one.name: f"takes {self._unread[one.name]:,} of {self._there[one.name]:,} values of "
            f"{one.column!r} as no date, and missing: say its format, unit or time zone, or "
            "correct the data"
            for one in self._dates
            if self._unread[one.name]
        }


def _has_value(column: pa.Array) -> np.ndarray:
    """Marks the rows that hold a value, of a column of lists of at most one."""
    lengths = column.value_lengths().fill_null(0).to_numpy()
    there = lengths > 0
    values = column.flatten()
    if pa.types.is_integer(values.type):
        known = values.to_numpy(zero_copy_only=False) != MISSING_INT
    else:
        known = pc.greater(pc.binary_length(values), 0).to_numpy(zero_copy_only=False)
    firsts = np.cumsum(lengths) - lengths
    there[there] = known[firsts[there]]
    return there
