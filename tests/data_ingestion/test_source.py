import csv
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.source import Source, check, locate, read_batches
from zeroskew.errors import DataError
from zeroskew.schema import column_types, read_schema

TAXI = Path(__file__).parents[2] / "data_ingestion" / "schema" / "taxi.pbtxt"
SCHEMA = text_format.Parse(
    """
    feature { name: "fare" type: FLOAT presence { min_fraction: 1.0 min_count: 1 } }
    feature { name: "month" type: INT presence { min_count: 1 } }
    feature { name: "company" type: BYTES }
    feature { name: "tract" type: INT presence { min_count: 0 } }
    """,
    schema_pb2.Schema(),
)
TYPES = {"fare": "FLOAT", "month": "INT", "company": "BYTES", "tract": "INT"}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a data file, one line for each argument."""

    def write(*lines: str, name: str = "trips.csv") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return file

    return write


def check_file(file: Path, *needed: str, schema: Any = SCHEMA) -> Mapping[str, int]:
    return check(locate(str(file), split_by_folder=False), schema, needed)


def rows_of(file: Path) -> list[dict[str, Any]]:
    return pa.Table.from_batches(list(read_batches(file, TYPES))).to_pylist()


def message_of(file: Path, *needed: str) -> str:
    with pytest.raises(DataError) as caught:
        check_file(file, *needed)
    return str(caught.value)


class TestLocate:
    def test_taxi_is_the_file_inside_the_installed_tfx_package(self) -> None:
        source = locate("taxi", split_by_folder=False)
        (file,) = source.files("all")
        inside = Path("examples", "chicago_taxi_pipeline", "data", "simple", "data.csv")
        assert file == Path(find_spec("tfx").submodule_search_locations[0], inside).resolve()
        assert source.patterns == {"all": "data.csv"}

    def test_a_file(self, write: Write, tmp_path: Path) -> None:
        file = write("fare", "1")
        write("fare", "2", name="other.csv")
        source = locate(str(file), split_by_folder=False)
        assert source == Source(tmp_path.resolve(), {"all": "trips.csv"})
        assert source.files("all") == [file.resolve()]

    def test_a_file_named_relative_to_the_current_folder(
        self, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("fare", "1")
        monkeypatch.chdir(tmp_path)
        assert locate("trips.csv", split_by_folder=False).folder == tmp_path.resolve()

    def test_a_folder_has_all_its_csv_files_by_name(self, write: Write, tmp_path: Path) -> None:
        for name in ("b.csv", "a.csv", "notes.txt", "below/c.csv"):
            write("fare", "1", name=name)
        source = locate(str(tmp_path), split_by_folder=False)
        assert source == Source(tmp_path.resolve(), {"all": "*.csv"})
        assert [file.name for file in source.files("all")] == ["a.csv", "b.csv"]

    def test_one_folder_for_each_split(self, write: Write, tmp_path: Path) -> None:
        for name in ("train/b.csv", "train/a.csv", "eval/c.csv", "d.csv"):
            write("fare", "1", name=name)
        source = locate(str(tmp_path), split_by_folder=True)
        assert source.patterns == {"train": "train/*.csv", "eval": "eval/*.csv"}
        assert [file.name for file in source.files("train")] == ["a.csv", "b.csv"]
        assert [file.name for file in source.files("eval")] == ["c.csv"]

    @pytest.mark.parametrize(
        ("path", "split_by_folder", "allowed", "missing"),
        [
            ("none.csv", False, "a CSV file, or a folder with *.csv files", "no such file"),
            ("", False, "a CSV file, or a folder with *.csv files", "no *.csv there"),
            ("none", True, "a folder with train/*.csv and eval/*.csv", "no such file"),
            ("", True, "a folder with train/*.csv and eval/*.csv", "no train/*.csv there"),
            ("half", True, "a folder with train/*.csv and eval/*.csv", "no eval/*.csv there"),
        ],
    )
    def test_says_what_is_missing(
        self,
        write: Write,
        tmp_path: Path,
        path: str,
        split_by_folder: bool,
        allowed: str,
        missing: str,
    ) -> None:
        write("fare", "1", name="half/train/a.csv")
        given = tmp_path / path
        with pytest.raises(DataError) as caught:
            locate(str(given), split_by_folder=split_by_folder)
        assert str(caught.value) == (
            "the data must exist\n"
            f"  allowed:  'taxi' (built in), {allowed}\n"
            f"  received: {given} ({missing})\n"
            "  do:       check the path given with --data or in the settings"
        )


class TestCheck:
    def test_the_built_in_trips_fit_their_schema(self) -> None:
        source = locate("taxi", split_by_folder=False)
        assert check(source, read_schema(TAXI), ["tips"]) == {"all": 15_002}

    def test_counts_the_rows_of_each_split(self, write: Write, tmp_path: Path) -> None:
        write("fare,month", "1,1", "2,2", name="train/a.csv")
        write("month,fare", "3,3", name="train/b.csv")
        write("fare,month", "4,4", name="eval/c.csv")
        source = locate(str(tmp_path), split_by_folder=True)
        assert check(source, SCHEMA, []) == {"train": 3, "eval": 1}

    @pytest.mark.parametrize("content", ["", "\n"])
    def test_an_empty_file(self, write: Write, content: str) -> None:
        file = write(*content.splitlines())
        assert message_of(file) == (
            "a data file must hold a header line and at least one row\n"
            f"  received: {file} with nothing\n"
            "  do:       check the program that wrote the file"
        )

    def test_a_header_only(self, write: Write) -> None:
        file = write("fare,month")
        assert message_of(file) == (
            "a data file must hold a header line and at least one row\n"
            f"  received: {file} with only a header line\n"
            "  do:       check the program that wrote the file"
        )

    def test_one_empty_file_among_good_ones(self, write: Write, tmp_path: Path) -> None:
        write("fare,month", "1,1", name="a.csv")
        empty = write("fare,month", name="b.csv")
        assert f"received: {empty} with only a header line" in message_of(tmp_path)

    def test_a_column_that_the_schema_requires(self, write: Write) -> None:
        file = write("fair,month", "1,1")
        assert message_of(file) == (
            "every data file must have the column 'fare'\n"
            "  allowed:  fare, month\n"
            f"  received: {file} with the columns fair, month\n"
            "  do:       did you mean 'fair'?"
        )

    def test_a_column_that_a_feature_needs(self, write: Write) -> None:
        file = write("fare,month", "1,1")
        assert message_of(file, "company") == (
            "every data file must have the column 'company'\n"
            "  allowed:  company, fare, month\n"
            f"  received: {file} with the columns fare, month\n"
            "  do:       add the column 'company' to the file"
        )

    def test_columns_that_nobody_needs_may_be_absent_and_others_may_be_there(
        self, write: Write
    ) -> None:
        assert check_file(write("fare,month,note", "1,1,whatever")) == {"all": 1}

    @pytest.mark.parametrize(
        ("value", "fault"),
        [
            ("twelve,3", "fare is 'twelve', not FLOAT"),
            ("12.5,March", "month is 'March', not INT"),
            ("12.5,3.5", "month is '3.5', not INT"),
            ('"1,5",3', "fare is '1,5', not FLOAT"),
            ("$5,3", "fare is '$5', not FLOAT"),
        ],
    )
    def test_text_where_the_schema_says_number(self, write: Write, value: str, fault: str) -> None:
        file = write("fare,month", "1.5,1", "2,2", value, "3,3")
        assert message_of(file) == (
            "every value must have the type that the schema states\n"
            "  allowed:  numbers in INT and FLOAT columns, and in each row as many fields as "
            "columns\n"
            f"  received: {file}, line 4: {fault}\n"
            "  do:       correct the file, or the column's type in the schema"
        )

    def test_the_line_is_the_one_an_editor_shows(self, write: Write) -> None:
        file = write("company,fare,month", '"a\nb\nc",1,1', "", '"d\ne",x,1')
        assert f"received: {file}, line 6: fare is 'x', not FLOAT\n" in message_of(file)

    def test_text_far_down_in_a_long_file(self, write: Write) -> None:
        file = write("fare,month", *["1.5,1"] * 300_000, "1.5,x")
        assert f"received: {file}, line 300002: month is 'x', not INT\n" in message_of(file)

    def test_a_number_that_no_integer_column_can_hold(self, write: Write) -> None:
        file = write("fare,month", f"1,{2**63}")
        assert str(2**63) in message_of(file)

    @pytest.mark.parametrize(("row", "fields"), [("1.5", 1), ("1.5,2,", 3), ("1,2,3,4", 4)])
    def test_a_row_with_another_number_of_fields(self, write: Write, row: str, fields: int) -> None:
        file = write("fare,month", "1.5,1", row)
        assert f"received: {file}, line 3: {fields} fields, the header has 2\n" in message_of(file)

    @pytest.mark.parametrize(
        "content",
        [
            b"\x1f\x8b\x08\x00\x00\x00\x00",
            b"PAR1\x15\x04\x00",
            "fare,month\n1,1\n".encode("utf-16"),
        ],
        ids=["gzip", "parquet", "utf-16"],
    )
    def test_a_file_that_is_no_text(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "trips.csv"
        file.write_bytes(content)
        assert message_of(file) == (
            "a data file must be CSV text in UTF-8\n"
            f"  received: {file}, which is binary, compressed or in UTF-16\n"
            "  do:       convert it to CSV, with a header line"
        )

    def test_a_byte_order_mark_is_no_part_of_the_first_column(self, tmp_path: Path) -> None:
        file = tmp_path / "trips.csv"
        file.write_text("fare,month\n1.5,1\n", encoding="utf-8-sig")
        assert file.read_bytes().startswith(b"\xef\xbb\xbf")
        assert check_file(file) == {"all": 1}
        assert rows_of(file) == [{"fare": 1.5, "month": 1}]

    def test_windows_line_ends(self, tmp_path: Path) -> None:
        file = tmp_path / "trips.csv"
        file.write_bytes(b"fare,month\r\n1.5,1\r\n2.5,2\r\n")
        assert check_file(file) == {"all": 2}

    def test_a_path_with_spaces(self, write: Write) -> None:
        file = write("fare,month", "1,1", name="my trips of 2016/the trips.csv")
        assert check_file(file) == {"all": 1}
        assert check_file(file.parent) == {"all": 1}

    def test_columns_with_commas_and_line_ends_in_their_names(self, write: Write) -> None:
        file = write('"a,b","c\nd",fare,month', "x,y,1,1")
        assert check_file(file) == {"all": 1}

    def test_columns_whose_names_look_like_values(self, write: Write) -> None:
        schema = text_format.Parse(
            'feature { name: "NA" type: INT presence { min_count: 1 } }'
            'feature { name: "007" type: INT presence { min_count: 1 } }',
            schema_pb2.Schema(),
        )
        assert check_file(write("007,NA", "1,1"), schema=schema) == {"all": 1}


class TestReadBatches:
    def test_values_have_the_types_of_the_schema(self, write: Write) -> None:
        file = write("company,fare,month,note", "Blue,12.5,3,x", "007,7,12,y")
        assert rows_of(file) == [
            {"company": b"Blue", "fare": 12.5, "month": 3},
            {"company": b"007", "fare": 7.0, "month": 12},
        ]

    def test_an_empty_field_is_missing_and_other_words_are_not(self, write: Write) -> None:
        file = write("company,fare,month", ",,", "NA,1,1", "null,1,1", '"",1,1')
        assert [row["company"] for row in rows_of(file)] == [None, b"NA", b"null", None]
        assert rows_of(file)[0] == {"company": None, "fare": None, "month": None}

    def test_a_quoted_field_may_hold_line_ends_commas_and_quotes(self, write: Write) -> None:
        file = write("company,fare,month", '"Blue\nCab, ""Inc""",1,1', "Red,2,2")
        assert rows_of(file) == [
            {"company": b'Blue\nCab, "Inc"', "fare": 1.0, "month": 1},
            {"company": b"Red", "fare": 2.0, "month": 2},
        ]

    def test_text_in_another_encoding_is_kept_byte_for_byte(self, tmp_path: Path) -> None:
        file = tmp_path / "trips.csv"
        file.write_bytes("company,fare,month\nCafé,1,1\n".encode("latin-1"))
        assert check_file(file) == {"all": 1}
        assert rows_of(file) == [{"company": b"Caf\xe9", "fare": 1.0, "month": 1}]

    def test_reads_what_python_reads(self) -> None:
        (file,) = locate("taxi", split_by_folder=False).files("all")
        batches = read_batches(file, column_types(read_schema(TAXI)))
        rows = pa.Table.from_batches(list(batches)).to_pylist()
        convert = {float: float, int: int, bytes: str.encode}
        with file.open(encoding="utf-8", newline="") as stream:
            for row, raw in zip(rows, csv.DictReader(stream), strict=True):
                assert row == {
                    name: None if raw[name] == "" else convert[type(value)](raw[name])
                    for name, value in row.items()
                }
