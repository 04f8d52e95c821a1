"""How data differs from the schema; what accepts a difference, and that it then is gone."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_ingestion.readers.source import check_columns, locate
from data_ingestion.schema.difference import Difference, accept, compare_with_schema
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError, SettingsError
from zeroskew.schema import read_schema

SCHEMA = """\
# The contract.
feature {
  name: "month"
  type: INT
  presence { min_fraction: 1.0 min_count: 1 }
  value_count { min: 1 max: 1 }
  int_domain { name: "month" min: 1 max: 12 }
}
feature {
  name: "fare"  # in dollars
  type: FLOAT
  presence { min_fraction: 1.0 }
}
feature {
  name: "way"
  type: BYTES
  domain: "ways"
}
feature {
  name: "tract"
  type: INT
  presence { min_count: 0 }
}
string_domain {
  name: "ways"
  value: "Cash"
}
"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    file = tmp_path / "schema.pbtxt"
    file.write_text(SCHEMA, encoding="utf-8")
    return file


def diff(schema: Path, data: Path) -> Difference:
    return compare_with_schema(locate(DataSettings(path=str(data))), read_schema(schema))


def write(folder: Path, *lines: str, header: str = "month,fare,way,tract") -> Path:
    file = folder / "trips.csv"
    file.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return file


def test_data_that_fits_does_not_differ(tmp_path: Path, schema: Path) -> None:
    # Whole fares, numbers in a text column and a column without values are what the schema says.
    found = diff(schema, write(tmp_path, "1,5,Cash,", "2,6,Cash,"))
    assert found == Difference([], rows=2, rejected=0)


@pytest.mark.parametrize(
    ("lines", "kind", "words", "line"),
    [
        (
            ["13,5,Cash,", "-1,5,Cash,"],
            "month: range",
            "at least 1 and at most 12; Unexpectedly small value: -1. "
            "Unexpectedly large value: 13.",
            'feature { name: "month" int_domain { name: "month" min: -1 max: 13 } }',
        ),
        (
            ["1,5,Coin,", "2,5,Cash,"],
            "way: domain",
            "Cash; Examples contain values missing from the schema: Coin (~50%).",
            'string_domain { name: "ways" value: "Coin" }',
        ),
        (
            ["1,5,Cash,", ",5,Cash,", "3,5,Cash,"],
            "month: presence",
            "a value in at least 100 % of the rows; The feature was present in fewer examples than "
            "expected: minimum fraction = 1.000000, actual = 0.666667",
            'feature { name: "month" value_count { min: 0 max: 1 } '
            "presence { min_fraction: 0.6666 min_count: 1 } }",
        ),
        (
            ["x,5,Cash,", "2,5,Cash,"],
            "month: type",
            "INT; Expected data of type: INT but got STRING String values that were not ints were "
            'found, such as "x".',
            'feature { name: "month" type: BYTES }',
        ),
        (
            ["1.5,5,Cash,", "2,5,Cash,"],
            "month: type",
            "INT; Expected data of type: INT but got FLOAT",
            'feature { name: "month" type: FLOAT }',
        ),
        (
            [",5,Cash,", ",5,Cash,"],
            "month: presence",
            "a value in at least 100 % of the rows; The feature was not present in any examples.",
            'feature { name: "month" value_count { min: 0 max: 1 } presence { min_count: 0 } }',
        ),
    ],
)
def test_in_words_and_gone_once_it_is_accepted(
    tmp_path: Path, schema: Path, lines: list[str], kind: str, words: str, line: str
) -> None:
    data = write(tmp_path, *lines)
    (one,) = diff(schema, data).anomalies
    assert f"{one.subject}: {one.kind}" == kind
    assert one.stops
    assert f"{one.expected}; {one.observed}" == words
    assert one.accept == line
    assert accept(schema, [one], [one.subject]) == [line]
    assert diff(schema, data).anomalies == []


def test_a_column_that_is_gone(tmp_path: Path, schema: Path) -> None:
    data = write(tmp_path, "5,Cash", header="fare,way")
    (one,) = diff(schema, data).anomalies
    assert (one.subject, one.kind, one.stops) == ("month", "missing_column", True)
    assert one.expected == "a column of type INT"
    source = locate(DataSettings(path=str(data)))
    with pytest.raises(DataError, match="must have the column 'month'"):
        check_columns(source, read_schema(schema), ())
    accept(schema, [one], [])
    check_columns(source, read_schema(schema), ())
    assert "  lifecycle_stage: DEPRECATED\n" in schema.read_text(encoding="utf-8")
    assert diff(schema, data).anomalies == []


def test_a_new_column_is_a_warning_and_can_be_taken_into_the_contract(
    tmp_path: Path, schema: Path
) -> None:
    data = write(tmp_path, "1,5,Cash,,sun", "2,5,Cash,,rain", header="month,fare,way,tract,weather")
    (one,) = diff(schema, data).anomalies
    assert (one.subject, one.kind, one.stops) == ("weather", "new_column", False)
    accept(schema, [one], ["weather"])
    weather = read_schema(schema).feature[-1]
    assert (weather.name, weather.domain) == ("weather", "weather")
    assert list(read_schema(schema).string_domain[-1].value) == ["rain", "sun"]
    assert diff(schema, data).anomalies == []


def test_lists_that_are_too_long(tmp_path: Path, schema: Path) -> None:
    rows = {"month": [[1], [1, 2]], "fare": [1.0, 2.0], "way": ["Cash"] * 2, "tract": [1, 2]}
    pq.write_table(pa.table(rows), tmp_path / "trips.parquet")
    (one,) = diff(schema, tmp_path / "trips.parquet").anomalies
    assert (one.kind, [row.line for row in one.rows]) == ("value_count", [2])
    accept(schema, [one], [])
    assert diff(schema, tmp_path / "trips.parquet").anomalies == []


def test_rows_that_cannot_be_read_are_counted(tmp_path: Path, schema: Path) -> None:
    found = diff(schema, write(tmp_path, "1,5,Cash,", "2,5", "3,5,Cash,"))
    assert (found.rows, found.rejected, found.anomalies) == (2, 1, [])


class TestAccept:
    DATA = ("13,5,Coin,", "1,5,Cash,")

    def test_only_the_columns_that_are_named(self, tmp_path: Path, schema: Path) -> None:
        found = diff(schema, write(tmp_path, *self.DATA))
        assert [one.subject for one in found.anomalies] == ["month", "way"]
        accept(schema, found.anomalies, ["way"])
        assert schema.read_text(encoding="utf-8") == SCHEMA.replace(
            '  value: "Cash"\n', '  value: "Cash"\n  value: "Coin"\n'
        )

    def test_a_column_that_does_not_differ(self, tmp_path: Path, schema: Path) -> None:
        found: Any = diff(schema, write(tmp_path, *self.DATA)).anomalies
        with pytest.raises(SettingsError) as caught:
            accept(schema, found, ["way", "mont"])
        assert str(caught.value) == (
            "there must be a difference of 'mont' that a line of the schema accepts\n"
            "  allowed:  month, way\n"
            "  received: 'mont'\n"
            "  do:       did you mean 'month'?"
        )
        assert schema.read_text(encoding="utf-8") == SCHEMA

    def test_nothing_to_accept_changes_nothing(self, schema: Path) -> None:
        assert accept(schema, [], []) == []
        assert schema.read_text(encoding="utf-8") == SCHEMA


def test_cells_are_lists_where_the_schema_says_so(tmp_path: Path) -> None:
    schema = tmp_path / "lists.pbtxt"
    schema.write_text(
        'feature { name: "viewed" type: INT value_count { min: 0 max: 2 }'
        ' annotation { tag: "cells:|" } }',
        encoding="utf-8",
    )
    data = write(tmp_path, "1|2", "3", header="viewed")
    assert diff(schema, data) == Difference([], rows=2, rejected=0)
    longer = diff(schema, write(tmp_path, "1|2|3", "x|4", "5", header="viewed"))
    assert (longer.rows, longer.rejected) == (2, 1)
    assert [(one.subject, one.kind) for one in longer.anomalies] == [("viewed", "value_count")]


@pytest.mark.parametrize(
    ("fares", "observed", "tags"),
    [
        (["5", "NA"], "INT cells with missing:NA", ["missing:NA"]),
        (["$5", "?"], "INT cells with number:$1234.5, missing:?", ["number:$1234.5", "missing:?"]),
    ],
)
def test_cells_that_are_written_in_another_way_are_accepted_as_they_are(
    tmp_path: Path, schema: Path, fares: list[str], observed: str, tags: list[str]
) -> None:
    data = write(tmp_path, *[f"1,{fare},Cash," for fare in fares])
    by_kind = {one.kind: one for one in diff(schema, data).anomalies}
    assert set(by_kind) == {"type", "presence"}
    one = by_kind["type"]
    assert (one.expected, one.observed) == ("FLOAT cells, each a number", observed)
    assert one.rows[0].reason.startswith("fare is ")
    accept(schema, [*by_kind.values()], [])
    (fare,) = [one for one in read_schema(schema).feature if one.name == "fare"]
    assert list(fare.annotation.tag) == tags
    assert diff(schema, data) == Difference([], rows=2, rejected=0)
