import datetime
from typing import Any

import pyarrow as pa
import pytest

from data_ingestion.rules.data_rules import check_data
from data_ingestion.rules.rules_file import Fresh, MinRows, References, Unique
from zeroskew.errors import DataError

NOW = datetime.datetime(2016, 12, 31, tzinfo=datetime.timezone.utc)


def kept(**columns: Any) -> list[pa.Table]:
    """The columns of five rows of two files, a table for each."""
    tables = [
        pa.table({"_source": ["a.csv"] * 3, "_line": [2, 3, 4]}),
        pa.table({"_source": ["b.csv"] * 2, "_line": [2, 3]}),
    ]
    for name, values in columns.items():
        tables[0] = tables[0].append_column(name, [pa.array(values[:3])])
        tables[1] = tables[1].append_column(name, [pa.array(values[3:])])
    return tables


def test_a_key_is_unique_over_all_files() -> None:
    (result,) = check_data([Unique(unique=("id",))], 5, kept(id=[1, 2, 3, 4, 2]), NOW)
    assert (result.rule, result.ok, result.severity) == ("id is unique", False, "ERROR")
    assert result.text == "2 rows break it"
    assert list(result.samples) == [
        {"source": "a.csv", "line": 3, "id": 2},
        {"source": "b.csv", "line": 3, "id": 2},
    ]


def test_a_key_of_two_columns_and_missing_values() -> None:
    rows = kept(day=[1, 1, 2, None, None], car=[b"x", b"y", b"x", b"x", b"x"])
    (result,) = check_data([Unique(unique=("day", "car"))], 5, rows, NOW)
    assert (result.ok, result.text, result.samples) == (True, "0 rows break it", ())


def test_enough_rows() -> None:
    few, enough = check_data([MinRows(min_rows=6), MinRows(min_rows=5)], 5, [], NOW)
    assert (few.rule, few.ok, few.text) == ("at least 6 rows", False, "5 rows")
    assert enough.ok


@pytest.mark.parametrize(
    ("values", "ok", "text"),
    [
        ([0, 1_483_056_000, 1, 2, 3], True, "the latest is 2016-12-30 00:00 UTC"),
        ([0, 1_482_000_000, 1, 2, None], False, "the latest is 2016-12-17 18:40 UTC"),
        ([b"2016-12-30T12:00:00Z", *[None] * 4], True, "the latest is 2016-12-30 12:00 UTC"),
        ([b"2016-12-01", *[None] * 4], False, "the latest is 2016-12-01 00:00 UTC"),
    ],
)
def test_the_latest_row_is_fresh(values: list[Any], ok: bool, text: str) -> None:
    rule = Fresh(fresh="time", within_days=7)
    (result,) = check_data([rule], 5, kept(time=values), NOW)
    assert (result.ok, result.text) == (ok, text)
    assert result.rule == "time reaches within 7 days of now"


def test_a_column_without_times_cannot_be_fresh() -> None:
    with pytest.raises(DataError, match="column 'time' must hold times"):
        check_data([Fresh(fresh="time", within_days=7)], 5, kept(time=[b"soon", *[b""] * 4]), NOW)


def test_every_value_is_a_value_of_another_column() -> None:
    rows = kept(boss=[1, 2, 9, None, 2], id=[1, 2, 3, 4, 5])
    rule = References(every="boss", is_in="id", severity="warning")
    (result,) = check_data([rule], 5, rows, NOW)
    assert (result.rule, result.ok, result.severity) == ("every boss is in id", False, "WARNING")
    assert list(result.samples) == [{"source": "a.csv", "line": 4, "boss": 9, "id": 3}]
