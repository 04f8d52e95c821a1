"""Dates that were there and could not be read."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from model import DateTime, Numeric
from model.feature_engineering.columns import MISSING_INT
from model.feature_engineering.transform.unread_dates import UnreadDates


def unread(*batches: tuple[Sequence[Any], Sequence[int]]) -> dict[str, str]:
    """Counts batches of lists of at most one value, and of what says that a date is missing."""
    dates = UnreadDates([DateTime("day", name="born"), Numeric("other")])
    for values, missing in batches:
        kind = pa.int64() if isinstance(values[0][0], int) else pa.large_binary()
        raw = pa.RecordBatch.from_pydict({"day": pa.array(values, pa.large_list(kind))})
        floats = pa.array(missing, pa.float32())
        dates.add(raw, pa.RecordBatch.from_pydict({"born_xf_missing": floats}))
    return dates.found()


def said(count: int, there: int) -> dict[str, str]:
    return {
        "born": f"takes {count:,} of {there:,} values of 'day' as no date, and missing: say its "
        "format, unit or time zone, or correct the data"
    }


def test_values_of_all_batches_are_counted() -> None:
    first = [[b"2024-05-01"], [b"soon"], None, [b""], []], [0, 1, 1, 1, 1]
    second = [[b"never"], [b"2024-05-02"]], [1, 0]
    assert unread(first, second) == said(2, 4)


def test_what_is_missing_is_no_mistake() -> None:
    assert unread(([[b"2024-05-01"], None, [], [b""]], [0, 1, 1, 1])) == {}


@pytest.mark.parametrize("beyond", [2**62, -(2**62)])
def test_numbers_beyond_all_dates_are_counted(beyond: int) -> None:
    assert unread(([[1_714_521_600], [beyond], [MISSING_INT], None], [0, 1, 1, 1])) == said(1, 2)
