from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.readers.source import Source, check_columns, locate, refuse_unread
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError, SettingsError
from zeroskew.schema import column_types, read_schema

TAXI = Path(__file__).parents[3] / "data_ingestion" / "schema" / "taxi.pbtxt"
SCHEMA = text_format.Parse(
    """
    feature { name: "fare" type: FLOAT presence { min_fraction: 1.0 min_count: 1 } }
    feature { name: "month" type: INT presence { min_count: 1 } }
    feature { name: "company" type: BYTES }
    feature { name: "tract" type: INT presence { min_count: 0 } }
    """,
    schema_pb2.Schema(),
)
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


def check_rows(source: Source, schema: Any) -> int:
    count = 0
    for name, rows in source.rows(column_types(schema)):
        refuse_unread(name, rows)
        count += rows.batch.num_rows
    return count


def check(path: Path, *needed: str, schema: Any = SCHEMA) -> int:
    source = locate(DataSettings(path=str(path)))
    check_columns(source, schema, needed)
    return check_rows(source, schema)


def message_of(path: Path, *needed: str) -> str:
    with pytest.raises(DataError) as caught:
        check(path, *needed)
    return str(caught.value)


FORMATS = "a file (*.csv, *.csv.gz, *.parquet, *.parq, *tfrecord*)"


class TestLocate:
    def test_taxi_is_the_file_inside_the_installed_tfx_package(self) -> None:
        source = locate(DataSettings())
        inside = Path("examples", "chicago_taxi_pipeline", "data", "simple", "data.csv")
        place = Path(find_spec("tfx").submodule_search_locations[0], inside)
        assert source.files == (place.resolve(),)
        assert list(source.readers) == ["all"]
        assert (source.span, source.version) == (0, None)

    def test_a_file(self, write: Write) -> None:
        file = write("fare", "1")
        write("fare", "2", name="other.csv")
        assert locate(DataSettings(path=str(file))).files == (file.resolve(),)

    @pytest.mark.parametrize("name", ["trips[1].csv", "a*.csv", "the trips.txt", "{trips}.csv"])
    def test_a_file_with_an_odd_name(self, write: Write, name: str) -> None:
        file = write("fare", "1", name=name)
        assert locate(DataSettings(path=str(file))).files == (file.resolve(),)

    def test_a_file_named_relative_to_the_current_folder(
        self, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = write("fare", "1")
        monkeypatch.chdir(tmp_path)
        assert locate(DataSettings(path="trips.csv")).files == (file.resolve(),)

    def test_a_folder_has_all_its_data_files_by_name(self, write: Write, tmp_path: Path) -> None:
        for name in ("b.csv", "a.CSV", "notes.txt", "below/c.csv", "c.csv.gz"):
            write("fare", "1", name=name)
        found = locate(DataSettings(path=str(tmp_path))).files
        assert [file.name for file in found] == ["a.CSV", "b.csv", "c.csv.gz"]

    def test_a_pattern(self, write: Write, tmp_path: Path) -> None:
        for name in ("2015/a.csv", "2016/b.csv", "2016/c.csv"):
            write("fare", "1", name=name)
        found = locate(DataSettings(path=f"{tmp_path}/2016/*.csv")).files
        assert [file.name for file in found] == ["b.csv", "c.csv"]

    def test_one_folder_for_each_split(self, write: Write, tmp_path: Path) -> None:
        for name in ("train/b.csv", "train/a.csv", "eval/c.csv", "d.csv"):
            write("fare", "1", name=name)
        source = locate(DataSettings(path=str(tmp_path), split="folders"))
        assert list(source.readers) == ["train", "eval"]
        assert [file.name for file in source.files] == ["a.csv", "b.csv", "c.csv"]

    def test_the_latest_span_in_its_latest_version(self, write: Write, tmp_path: Path) -> None:
        for place in ("2015/v1", "2016/v1", "2016/v2"):
            write("fare", "1", name=f"{place}/trips.csv")
        source = locate(DataSettings(path=f"{tmp_path}/{{SPAN}}/v{{VERSION}}/*.csv"))
        assert [str(file.relative_to(tmp_path)) for file in source.files] == ["2016/v2/trips.csv"]
        assert (source.span, source.version) == (2016, 2)

    def test_a_window_of_spans_up_to_one(self, write: Write, tmp_path: Path) -> None:
        for year in (2013, 2014, 2015, 2016):
            write("fare", "1", name=f"{year}/trips.csv")
        data = DataSettings(path=f"{tmp_path}/{{SPAN}}", window=2, span=2015)
        source = locate(data)
        found = [str(file.relative_to(tmp_path)) for file in source.files]
        assert found == ["2014/trips.csv", "2015/trips.csv"]
        assert source.span == 2015

    @pytest.mark.parametrize(
        ("path", "split", "layout", "missing"),
        [
            ("none.csv", "hash", "a folder of them", "none.csv (no such file)"),
            ("", "hash", "a folder of them", "(no data file in it)"),
            ("none", "folders", "a folder with train/ and eval/", "none/train (no such file)"),
            ("", "folders", "a folder with train/ and eval/", "/train (no such file)"),
            ("half", "folders", "a folder with train/ and eval/", "half/eval (no such file)"),
        ],
    )
    def test_says_what_is_missing(
        self, write: Write, tmp_path: Path, path: str, split: Any, layout: str, missing: str
    ) -> None:
        write("fare", "1", name="half/train/a.csv")
        with pytest.raises(DataError) as caught:
            locate(DataSettings(path=str(tmp_path / path), split=split))
        rule, allowed, received, action = str(caught.value).splitlines()
        assert rule == "the data must exist"
        assert allowed == f"  allowed:  'taxi' (built in), {FORMATS}, {layout}, or a pattern"
        assert received.endswith(missing)
        assert action == "  do:       check the path given with --data or in the settings"

    def test_a_query_without_a_database(self, write: Write) -> None:
        file = write("fare", "1")
        with pytest.raises(SettingsError) as caught:
            locate(DataSettings(path=str(file), query="SELECT 1"))
        assert str(caught.value) == (
            "a query is put to a database\n"
            "  allowed:  data.path with the URL of one, such as postgresql://host/database\n"
            f"  received: data.query with the path {file}\n"
            "  do:       correct data.path, or remove data.query"
        )

    def test_the_fingerprint_follows_the_files(self, write: Write) -> None:
        file = write("fare", "1")
        first = locate(DataSettings(path=str(file))).fingerprint()
        assert locate(DataSettings(path=str(file))).fingerprint() == first
        write("fare", "12")
        assert locate(DataSettings(path=str(file))).fingerprint() != first


class TestCheck:
    def test_the_built_in_trips_fit_their_schema(self) -> None:
        source = locate(DataSettings())
        check_columns(source, read_schema(TAXI), ["tips"])
        assert check_rows(source, read_schema(TAXI)) == 15_002

    @pytest.mark.parametrize(
        ("content", "what"),
        [("", "nothing"), ("\n", "nothing"), ("fare,month", "only a header line")],
    )
    def test_a_file_without_rows(self, write: Write, content: str, what: str) -> None:
        file = write(*content.splitlines())
        assert message_of(file) == (
            "a data file must hold a header line and at least one row\n"
            f"  received: {file} with {what}\n"
            "  do:       check the program that wrote the file"
        )

    def test_files_without_rows_among_others_are_passed_over_and_counted(
        self, write: Write, tmp_path: Path
    ) -> None:
        write("fare,month", "1,1", name="a.csv")
        write("fare,month", name="b.csv")
        write(name="c.csv")
        assert check(tmp_path) == 1
        source = locate(DataSettings(path=str(tmp_path)))
        assert source.remarks() == ["2 of 3 files hold no rows"]
        (tmp_path / "a.csv").unlink()
        assert f"received: {tmp_path / 'b.csv'} with only a header line" in message_of(tmp_path)

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
        assert check(write("fare,month,note", "1,1,whatever")) == 1

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
            "  allowed:  numbers in INT and FLOAT columns, and as many fields as columns\n"
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
        assert f"line 2: month is '{2**63}', beyond a 64-bit integer\n" in message_of(file)

    @pytest.mark.parametrize(
        ("row", "fields"),
        [("1.5", "1 field"), ("1.5,2,", "3 fields"), ("1,2,3,4", "4 fields")],
    )
    def test_a_row_with_another_number_of_fields(self, write: Write, row: str, fields: str) -> None:
        file = write("fare,month", "1.5,1", row)
        assert f"received: {file}, line 3: {fields}, the header has 2\n" in message_of(file)

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
            "a data file must be CSV text in UTF-8, unless the settings name another encoding\n"
            f"  received: {file}, which is binary, compressed or in UTF-16\n"
            "  do:       convert it to CSV, with a header line, or set data.csv.encoding"
        )

    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_windows_line_ends_and_a_byte_order_mark(self, tmp_path: Path, mark: bytes) -> None:
        file = tmp_path / "trips.csv"
        file.write_bytes(mark + b"fare,month\r\n1.5,1\r\n2.5,2\r\n")
        assert check(file) == 2

    def test_a_path_with_spaces(self, write: Write) -> None:
        file = write("fare,month", "1,1", name="my trips of 2016/the trips.csv")
        assert check(file) == 1
        assert check(file.parent) == 1

    def test_columns_with_commas_and_line_ends_in_their_names(self, write: Write) -> None:
        file = write('"a,b","c\nd",fare,month', "x,y,1,1")
        assert check(file) == 1

    def test_columns_whose_names_look_like_values(self, write: Write) -> None:
        schema = text_format.Parse(
            'feature { name: "NA" type: INT presence { min_count: 1 } }'
            'feature { name: "007" type: INT presence { min_count: 1 } }',
            schema_pb2.Schema(),
        )
        assert check(write("007,NA", "1,1"), schema=schema) == 1
