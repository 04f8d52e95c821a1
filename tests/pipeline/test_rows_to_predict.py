"""Rows of a file, as a model is asked about them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.settings import DataSettings
from pipeline.rows_to_predict import RowsFile, rows_settings
from zeroskew.cell_types import CellType, ListType, NumberStyle, NumberType
from zeroskew.errors import DataError, SettingsError

TYPES = {
    "zip": "BYTES",
    "fare": NumberType("FLOAT", NumberStyle(",", ".", "$")),
    "month": CellType("INT", ["?"]),
    "tags": ListType("BYTES", "|"),
}


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with small_heap():
        yield


def rows_file(place: str, csv: dict[str, str] | None = None) -> RowsFile:
    return RowsFile(rows_settings(DataSettings(), place, csv))


def write(folder: Path, *lines: str, name: str = "rows.csv") -> str:
    file = folder / name
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(file)


def test_values_are_read_as_the_model_learned_them_and_no_other_columns(tmp_path: Path) -> None:
    place = write(tmp_path, "zip,fare,month,tags,tip", '01234,"$1,234.50",?,a|b,x', "true,7,3,,")
    file = rows_file(place)
    assert file.remarks(TYPES) == []
    rows = [
        {"zip": "01234", "fare": 1234.5, "month": None, "tags": ["a", "b"]},
        {"zip": "true", "fare": 7.0, "month": 3, "tags": None},
    ]
    assert file.read(TYPES) == rows
    assert file.read(TYPES, 1) == rows[:1]


@pytest.mark.parametrize("text", ["1.10", "2016-01-01T00:00:00", "01", "1e3", "NaN", " x "])
def test_text_stays_the_text_it_is(tmp_path: Path, text: str) -> None:
    assert rows_file(write(tmp_path, "zip,fare", f"{text},1")).read(TYPES)[0]["zip"] == text


def test_semicolons_are_found_and_said(tmp_path: Path) -> None:
    file = rows_file(write(tmp_path, "zip;fare;month;tags", "01;$2;3;a"))
    assert file.read(TYPES) == [{"zip": "01", "fare": 2.0, "month": 3, "tags": ["a"]}]
    (remark,) = file.remarks(TYPES)
    assert remark.startswith("rows.csv: ';' stands between the fields")


def test_delimiter_and_encoding_may_be_given(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes("zip~fare\nKöln~$2\n".encode("cp1252"))
    rows = rows_file(str(file), {"delimiter": "~", "encoding": "cp1252"})
    assert rows.read(TYPES) == [{"zip": "Köln", "fare": 2.0}]
    with pytest.raises(DataError):
        rows_file(str(file), {"delimiter": "~"}).read(TYPES)


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (
            {"delimiter": "||"},
            [
                "--delimiter says how a CSV file is written",
                "  allowed:  one character of ASCII, no quote",
                "  received: '||'",
                "  do:       leave it out, if it is a comma, semicolon, tab or bar",
            ],
        ),
        (
            {"encoding": "latin-99"},
            [
                "--encoding says how a CSV file is written",
                "  allowed:  a name that Python knows, such as utf-8 or cp1252",
                "  received: 'latin-99'",
            ],
        ),
    ],
)
def test_what_cannot_be_a_delimiter_or_an_encoding_is_refused(
    tmp_path: Path, given: dict[str, str], lines: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        rows_file(write(tmp_path, "zip", "1"), given)
    assert str(caught.value).splitlines() == lines


def test_misspelled_columns_are_named(tmp_path: Path) -> None:
    place = write(tmp_path, "zip,fair,Month,tip", "1,2,3,4")
    file = rows_file(place)
    assert file.remarks(TYPES) == [
        "column 'fair' is not one of the model; did you mean 'fare'?",
        "column 'Month' is not one of the model; did you mean 'month'?",
        f"counted as missing, for {place} lacks them: fare, month, tags",
    ]
    assert file.read(TYPES) == [{"zip": "1"}]


def test_a_file_without_a_column_of_the_model_is_refused(tmp_path: Path) -> None:
    place = write(tmp_path, "fair,day", "2,3")
    with pytest.raises(DataError) as caught:
        rows_file(place).remarks(TYPES)
    assert str(caught.value) == (
        "a row must have at least one column of the model\n"
        "  allowed:  zip, fare, month, tags\n"
        f"  received: {place} with the columns fair, day\n"
        "  do:       did you mean 'fare'?"
    )


def test_a_row_that_the_model_cannot_read_is_refused(tmp_path: Path) -> None:
    place = write(tmp_path, "zip,month", "1,3", "2,May")
    with pytest.raises(DataError) as caught:
        rows_file(place).read(TYPES)
    assert str(caught.value) == (
        "every row must be one that the model was trained to read\n"
        f"  received: {place}, line 3: month is 'May', not INT\n"
        "  do:       correct the row"
    )


def test_parquet_is_read_too(tmp_path: Path) -> None:
    table = pa.table({"zip": [b"01", b"\xff"], "fare": ["$2", "3"], "tags": [["a"], None]})
    pq.write_table(table, tmp_path / "rows.parquet")
    assert rows_file(str(tmp_path / "rows.parquet")).read(TYPES) == [
        {"zip": "01", "fare": 2.0, "tags": ["a"]},
        {"zip": b"\xff", "fare": 3.0, "tags": None},
    ]


def test_objects_of_json_are_taken_as_they_are(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"zip": "01", "tags": ["a"]}, {"fair": 1, "month": None}]
    file = rows_file(write(tmp_path, json.dumps(rows), name="rows.json"))
    assert file.read(TYPES) == rows
    assert file.read(TYPES, 1) == rows[:1]
    assert file.remarks(TYPES)[0] == "column 'fair' is not one of the model; did you mean 'fare'?"
    assert rows_file(write(tmp_path, "[]", name="none.json")).remarks(TYPES) == []


def test_an_object_without_a_column_of_the_model_is_refused(tmp_path: Path) -> None:
    place = write(tmp_path, '[{"zip": "1"}, {"zap": "1"}, {}]', name="rows.json")
    with pytest.raises(DataError, match=r"received: row 2 .*rows.json with the columns zap"):
        rows_file(place).read(TYPES)


@pytest.mark.parametrize("text", ['{"fare": 1}', "[1, 2]", "3", "[1"])
def test_json_that_is_no_list_of_objects_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match="rows are read from a data file, or from a JSON file"):
        rows_file(write(tmp_path, text, name="rows.json"))


def test_a_file_that_holds_nothing_or_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must hold a header line and at least one row"):
        rows_file(write(tmp_path))
    with pytest.raises(DataError, match="the data must exist"):
        rows_file(str(tmp_path / "none.csv"))


def test_keys_of_text_files_are_text_and_others_keep_their_type(tmp_path: Path) -> None:
    place = write(tmp_path, "id,fare", "007,1")
    assert rows_file(place).key_types(["id", "fare"]) == {"id": "BYTES", "fare": "BYTES"}
    pq.write_table(pa.table({"id": [2**60], "name": ["a"]}), tmp_path / "rows.parquet")
    file = rows_file(str(tmp_path / "rows.parquet"))
    assert file.key_types(["name", "id"]) == {"name": "BYTES", "id": "INT"}
    assert file.key_types([]) == {}
    assert rows_file(place).remarks({"fare": "FLOAT"}, ["idd"]) == []


def test_a_key_must_be_a_column_of_each_file(tmp_path: Path) -> None:
    place = write(tmp_path, "trip_id,fare", "1,1")
    with pytest.raises(SettingsError) as caught:
        rows_file(place).key_types(["trip_idd"])
    assert str(caught.value).splitlines() == [
        "--key names a column of the rows",
        "  allowed:  trip_id, fare",
        f"  received: 'trip_idd', which {place} lacks",
        "  do:       did you mean 'trip_id'?",
    ]


def test_objects_of_json_have_no_source(tmp_path: Path) -> None:
    file = rows_file(write(tmp_path, '[{"zip": "1"}]', name="rows.json"))
    with pytest.raises(SettingsError, match="a file is made of rows that data is read from"):
        file.key_types([])


def test_rows_elsewhere_are_not_split_nor_asked_for_as_those_of_the_settings() -> None:
    data = DataSettings(
        path="sqlite:///a.db", query="SELECT 1", split="folders", csv={"delimiter": ";"}
    )
    assert rows_settings(data) == data
    files = rows_settings(data, "b.csv", {"encoding": "cp1252"})
    assert (files.path, files.query, files.split) == ("b.csv", None, "hash")
    assert (files.csv.delimiter, files.csv.encoding) == (";", "cp1252")
    other = rows_settings(data, "sqlite:///b.db")
    assert (other.path, other.query) == ("sqlite:///b.db", "SELECT 1")


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        ("postgresql://me:secret@host/db", "password"),
        ("bigquery://project", "rows of BigQuery are read by a run only"),
    ],
)
def test_a_place_that_cannot_be_read_is_refused(place: str, rule: str) -> None:
    with pytest.raises(SettingsError, match=rule):
        rows_file(place)
