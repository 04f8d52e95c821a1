import csv
import gzip
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from data_ingestion.readers.csv import reader as csv_reader
from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.csv.parse import Dialect
from data_ingestion.readers.csv.reader import CsvReader
from data_ingestion.readers.rows import RejectedRow
from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError
from zeroskew.schema import column_types, read_schema

TAXI = Path(__file__).parents[4] / "data_ingestion" / "schema" / "taxi.pbtxt"
TYPES = {"a": "INT", "b": "FLOAT", "c": "BYTES"}


def read(
    file: Path, types: Mapping[str, str] = TYPES, dialect: Dialect | None = None
) -> tuple[list[dict[str, Any]], list[int], list[RejectedRow]]:
    """Returns rows, their lines and the rejected rows; their raw text is checked on the way."""
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    rejected: list[RejectedRow] = []
    for chunk in CsvReader((file,), dialect or Dialect()).chunks():
        for piece in chunk.read(types):
            rows += piece.batch.to_pylist()
            lines += piece.lines.tolist()
            rejected += piece.rejected
            assert len([piece.raw(row) for row in range(piece.batch.num_rows)]) == len(piece.lines)
    return rows, lines, rejected


def write(tmp_path: Path, text: bytes, name: str = "data.csv") -> Path:
    file = tmp_path / name
    file.write_bytes(text)
    return file


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with small_heap():
        yield


def test_reads_what_python_reads() -> None:
    (file,) = locate(DataSettings()).files
    rows, lines, rejected = read(file, column_types(read_schema(TAXI)))
    assert (lines, rejected) == (list(range(2, 15_004)), [])
    convert = {float: float, int: int, bytes: str.encode}
    with file.open(encoding="utf-8", newline="") as stream:
        for row, raw in zip(rows, csv.DictReader(stream), strict=True):
            assert row == {
                name: None if raw[name] == "" else convert[type(value)](raw[name])
                for name, value in row.items()
            }


def test_values_have_the_types_of_the_schema_and_other_columns_are_left_out(tmp_path: Path) -> None:
    file = write(tmp_path, b'c,a,note,b\n007,7,x,1\n"a, ""b""\nc", 8 ,y,+2.5e1\n,,,\nNA,1,,1\n')
    rows, lines, rejected = read(file)
    assert rows == [
        {"c": b"007", "a": 7, "b": 1.0},
        {"c": b'a, "b"\nc', "a": 8, "b": 25.0},
        {"c": None, "a": None, "b": None},
        {"c": b"NA", "a": 1, "b": 1.0},
    ]
    assert lines == [2, 3, 5, 6]
    assert rejected == []


def test_a_row_that_does_not_fit_is_named_with_line_reason_and_text(tmp_path: Path) -> None:
    rows = [
        b"1,1.5,fine",
        b"x,1.5,text",
        b"1.5,1,fraction",
        b"99999999999999999999,1,large",
        b"1,1e39,large",
        b"1,nan,no number",
        b"1,-inf,no number",
        b"1,1",
        b"1,1,1,1",
        b"1,1,\xff",
        b'1,1,"open',
        b"2,2.5,fine",
    ]
    file = write(tmp_path, b"a,b,c\n" + b"\n".join(rows) + b"\n")
    good, lines, rejected = read(file)
    assert good == [{"a": 1, "b": 1.5, "c": b"fine"}, {"a": 2, "b": 2.5, "c": b"fine"}]
    assert lines == [2, 13]
    assert [(row.line, row.reason) for row in rejected] == [
        (3, "a is 'x', not INT"),
        (4, "a is '1.5', not INT"),
        (5, "a is '99999999999999999999', beyond a 64-bit integer"),
        (6, "b is '1e39', not a finite 32-bit number"),
        (7, "b is 'nan', not a finite 32-bit number"),
        (8, "b is '-inf', not a finite 32-bit number"),
        (9, "2 fields, the header has 3"),
        (10, "4 fields, the header has 3"),
        (11, "c is not UTF-8"),
        (12, "a quote is opened and never closed"),
    ]
    assert {row.source for row in rejected} == {str(file)}
    assert [row.raw for row in rejected[-2:]] == ["1,1,\\xff", '1,1,"open']


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (Dialect(delimiter=";"), b"a;b;c\n1;2.5;x,y\n"),
        (Dialect(delimiter="\t"), b"a\tb\tc\n1\t2.5\tx,y\n"),
        (Dialect(null_tokens=("", "NA")), b'a,b,c\n1,2.5,"x,y"\nNA,NA,NA\n'),
        (Dialect(encoding="latin-1"), 'a,b,c\n1,2.5,"x,y"\n2,,é\n'.encode("latin-1")),
        (Dialect(encoding="utf-16"), 'a,b,c\n1,2.5,"x,y"\n2,,é\n'.encode("utf-16")),
        (Dialect(), b'\xef\xbb\xbfa,b,c\r\n1,2.5,"x,y"\r\n'),
    ],
    ids=["semicolon", "tab", "null token", "latin-1", "utf-16", "byte order mark"],
)
def test_dialects(tmp_path: Path, dialect: Dialect, text: bytes) -> None:
    rows, lines, rejected = read(write(tmp_path, text), dialect=dialect)
    assert (rows[0], lines[0], rejected) == ({"a": 1, "b": 2.5, "c": b"x,y"}, 2, [])
    if dialect.encoding != "utf-8":
        assert rows[1:] == [{"a": 2, "b": None, "c": "é".encode()}]
    if "NA" in dialect.null_tokens:
        assert rows[1:] == [{"a": None, "b": None, "c": None}]


def test_text_that_is_not_in_the_encoding_is_a_rejected_row(tmp_path: Path) -> None:
    text = "a,b,c\n1,1,é\n".encode("utf-16-le") + b"\x00\xd8" + "\n2,2,z\n".encode("utf-16-le")
    rows, _, rejected = read(write(tmp_path, text), dialect=Dialect(encoding="utf-16-le"))
    assert [row["a"] for row in rows] == [1, 2]
    assert [row.line for row in rejected] == [3]


def test_gzipped(tmp_path: Path) -> None:
    text = b"a,b,c\n" + b"".join(b"%d,1.5,x\n" % number for number in range(50_000))
    file = write(tmp_path, gzip.compress(text), "data.csv.gz")
    rows, lines, rejected = read(file)
    assert [row["a"] for row in rows] == list(range(50_000))
    assert (lines[-1], rejected) == (50_001, [])


@pytest.mark.parametrize("size", [20, 1_000, -4])
def test_a_gzipped_file_that_was_cut_off_is_an_error(tmp_path: Path, size: int) -> None:
    text = b"a,b,c\n" + b"".join(b"%d,%d.5,x\n" % (n, n * n) for n in range(5_000))
    file = write(tmp_path, gzip.compress(text)[:size], "data.csv.gz")
    with pytest.raises(DataError, match="a gzipped file must be whole") as caught:
        read(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(("header", "name"), [(b"a,b,a", "a"), (b"Unnamed: 1,,c", "Unnamed: 1")])
def test_each_column_has_a_name_of_its_own(tmp_path: Path, header: bytes, name: str) -> None:
    file = write(tmp_path, header + b"\n1,2,3\n")
    with pytest.raises(DataError) as caught:
        read(file)
    rule, received, do = str(caught.value).splitlines()
    assert rule == "each column must have a name of its own"
    assert received.startswith(f"  received: {file} with the columns ")
    assert do.strip() == f"do:       rename the columns called {name!r}"


@pytest.mark.parametrize("header", [b",b,c", b'" ",b,c'])
def test_a_column_without_a_name_gets_the_one_that_pandas_gives_it(
    tmp_path: Path, header: bytes
) -> None:
    file = write(tmp_path, header + b"\n1,2,3\n")
    rows, _, _ = read(file, {"Unnamed: 0": "INT", "b": "INT", "c": "INT"})
    assert rows == [{"Unnamed: 0": 1, "b": 2, "c": 3}]


def test_a_field_of_ten_megabytes(tmp_path: Path) -> None:
    field = b"x" * 10_000_000
    rows, _, rejected = read(write(tmp_path, b"a,b,c\n1,1," + field + b"\n2,2,y\n"))
    assert ([row["a"] for row in rows], rejected) == ([1, 2], [])
    assert rows[0]["c"] == field


def test_a_row_that_never_ends_is_an_error(tmp_path: Path) -> None:
    file = write(tmp_path, b"a,b,c\n1,1," + b"x" * 40_000_000)
    with pytest.raises(DataError) as caught:
        read(file)
    assert str(caught.value) == (
        "a row of CSV may have at most 16 MiB\n"
        f"  received: {file}, line 2: a row of more\n"
        "  do:       check that the file is CSV, with line ends"
    )


def test_chunks_and_blocks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = random.Random(1)
    fields = ['"a\nb"', '"a,""b"""', "plain", "é", ""]
    lines = [f"{n},{n / 4},{chosen.choice(fields)}" for n in range(3_000)]
    lines[1_234] = "x,1,bad"
    file = write(tmp_path, ("a,b,c\n" + "\n".join(lines)).encode())
    whole = read(file)
    assert len(whole[0]) == 2_999
    assert [row.reason for row in whole[2]] == ["a is 'x', not INT"]
    for block, chunk in ((1 << 20, 5_000), (1_000, 5_000), (170, 400)):
        monkeypatch.setattr(csv_reader, "BLOCK", block)
        monkeypatch.setattr(csv_reader, "CHUNK", chunk)
        assert len(CsvReader((file,)).chunks()) > 8
        assert read(file) == whole


def test_a_file_with_irregular_quotes_is_not_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"a,b,c\n" + b'1,1,5" pipe\n' * 100
    file = write(tmp_path, text)
    monkeypatch.setattr(csv_reader, "CHUNK", 50)
    assert len(CsvReader((file,)).chunks()) == 1
    assert [row["c"] for row in read(file)[0]] == [b'5" pipe'] * 100


def test_types_are_the_narrowest_that_hold_all_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"a,b,c,d,e\n" + b"1,1,1,,2016-01-01\n" * 50 + b"1,1.5,x,,2016-01-01\n"
    monkeypatch.setattr(csv_reader, "CHUNK", 300)
    reader = CsvReader((write(tmp_path, text),))
    assert reader.columns() == {"a": "INT", "b": "FLOAT", "c": "BYTES", "d": "BYTES", "e": "BYTES"}


def test_no_row_is_lost_in_random_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [
        *[
            "1,1,x\n",
            "2,2.5,y\n",
            ",",
            "\n",
            "\r\n",
            "x",
            "1e999",
            "nan",
            "\x00",
            "+7",
            "0x1F",
            '"',
            '""',
            '"a,b"',
            '"l\n2"',
        ]
    ]
    for seed in range(250):
        chosen = random.Random(seed)
        text = "".join(chosen.choice(pieces) for _ in range(chosen.randrange(1, 25)))
        file = write(tmp_path, b"a,b,c\n1,1,first\n" + text.encode() + b"\xff" * (seed % 3 == 0))
        monkeypatch.setattr(csv_reader, "BLOCK", 1 << 20)
        whole = read(file)
        monkeypatch.setattr(csv_reader, "BLOCK", chosen.randrange(1, 9))
        assert read(file) == whole, text
