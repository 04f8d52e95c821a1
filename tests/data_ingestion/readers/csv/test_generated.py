"""CSV files that a generator makes up: each row becomes an example or a named rejection.

`make fuzz` makes up many more of them than `make test`.
"""

import csv as python_csv
import gzip
import io
import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_ingestion.readers.csv import reader as csv_reader
from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.csv.parse import Dialect
from data_ingestion.readers.csv.reader import CsvReader
from data_ingestion.readers.rows import RejectedRow
from zeroskew.errors import DataError

TYPES = {"a": "INT", "b": "FLOAT", "c": "BYTES"}
HEADER = b"a,b,c"
CASES = int(os.environ.get("FUZZ_CASES", "300"))
generated = settings(max_examples=CASES, suppress_health_check=list(HealthCheck), database=None)


class Field(NamedTuple):
    """The text of a field, and the value it stands for; `bad` if it stands for none."""

    text: str
    value: Any = None
    bad: bool = False


class Row(NamedTuple):
    """A row as it stands in the file, and what it stands for; None if it is to be rejected."""

    text: bytes
    values: tuple[Any, ...] | None


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with small_heap():
        yield


def bad(*texts: str) -> st.SearchStrategy[Field]:
    return st.sampled_from([Field(text, bad=True) for text in texts])


def is_finite(number: float) -> bool:
    with np.errstate(over="ignore"):
        return math.isfinite(np.float32(number))


integers = st.integers(-(2**63), 2**63 - 1).flatmap(
    lambda number: st.sampled_from([f"{number}", f" {number}", f"{number}\t"]).map(
        lambda text: Field(text, number)
    )
)
floats = (
    st.floats(allow_nan=False, allow_infinity=False)
    .filter(is_finite)
    .flatmap(lambda n: st.sampled_from([repr(n), f" {n!r} "]).map(lambda text: Field(text, n)))
)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
texts = words.map(lambda text: Field(text, text.encode() or None))
missing = st.just(Field(""))
not_integers = bad("x", "1.5", "1e3", "0xFG", "--1", str(2**63), "1_0", "nan", "½")
not_floats = bad("x", "nan", "inf", "-Infinity", "1e39", "-1e400", "1,5", "1e", "0x1p3", "٣")


def quoted(text: str) -> str:
    special = any(character in text for character in ',"\r\n')
    return '"' + text.replace('"', '""') + '"' if special else text


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Rows of which some break one rule."""
    fields = (
        draw(integers | missing | not_integers),
        draw(floats | missing | not_floats),
        draw(texts | missing),
    )
    cells = [quoted(field.text).encode() for field in fields]
    values = None if any(f.bad for f in fields) else tuple(field.value for field in fields)
    fault = draw(st.sampled_from(["none"] * 8 + ["short", "long", "not UTF-8"]))
    if fault == "short":
        return Row(cells[0] or b"1", None)
    if fault == "long":
        return Row(b",".join([*cells, b"9"]), None)
    if fault == "not UTF-8":
        return Row(b",".join([*cells[:2], b"\xe9\xff"]), None)
    return Row(b",".join(cells), values)


def read(file: Path) -> tuple[list[tuple[Any, ...]], list[int], list[RejectedRow], str]:
    """Returns values, lines, rejected rows, and the text of all rows in their order."""
    values: list[tuple[Any, ...]] = []
    lines: list[int] = []
    rejected: list[RejectedRow] = []
    raw: dict[int, str] = {}
    for chunk in CsvReader((file,), Dialect()).chunks():
        for piece in chunk.read(TYPES):
            values += [tuple(row.values()) for row in piece.batch.to_pylist()]
            lines += piece.lines.tolist()
            rejected += piece.rejected
            raw |= {int(line): piece.raw(row) for row, line in enumerate(piece.lines)}
            raw |= {row.line: row.raw for row in piece.rejected}
    return values, lines, rejected, "".join(raw[line] for line in sorted(raw))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def with_sizes(monkeypatch: pytest.MonkeyPatch, block: int, chunk: int) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK", block)
    monkeypatch.setattr(csv_reader, "CHUNK", chunk)


@generated
@given(
    st.lists(rows(), min_size=1, max_size=12),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.booleans(),
    st.booleans(),
    st.integers(40, 400),
)
def test_each_row_is_what_it_stands_for_or_is_rejected(
    folder: Path, made: list[Row], line_end: bytes, ends: bool, zipped: bool, size: int
) -> None:
    text = line_end.join([HEADER, *(row.text for row in made)]) + line_end * ends
    file = folder / ("data.csv.gz" if zipped else "data.csv")
    file.write_bytes(gzip.compress(text) if zipped else text)
    with pytest.MonkeyPatch.context() as monkeypatch:
        with_sizes(monkeypatch, size, 2 * size)
        values, lines, rejected, _ = read(file)
    assert values == [row.values for row in made if row.values is not None]
    assert len(rejected) == len([row for row in made if row.values is None])
    assert all(row.reason and row.source == str(file) for row in rejected)
    assert sorted({*lines, *(row.line for row in rejected)}) == lines_of(text)


def lines_of(text: bytes) -> list[int]:
    """Returns the line at which each row begins, as Python's csv module counts them."""
    reader = python_csv.reader(io.StringIO(text.decode(errors="replace"), newline=""))
    starts, start = [], 1
    for _ in reader:
        starts.append(start)
        start = 1 + reader.line_num
    return starts[1:]


ALPHABET = [b'"', b",", b"\n", b"\r", b"\r\n", b"\0", b"1", b"-", b"e9", b".", b"x", b" ", b"\xff"]
wild = st.lists(
    st.sampled_from([*ALPHABET, b'""', b'"\n"', b"1,2,x\n", b"\xc3\xa9", b"\xef\xbb\xbf"]),
    max_size=40,
).map(b"".join)


@generated
@given(wild, st.integers(4, 60))
def test_no_byte_is_lost_whatever_the_text(folder: Path, text: bytes, size: int) -> None:
    file = folder / "wild.csv"
    file.write_bytes(HEADER + b"\n" + text)
    try:
        values, lines, rejected, raw = read(file)
    except DataError:
        assert not text.strip()
        return
    assert len(values) == len(lines)
    assert without_line_ends(raw) == without_line_ends(text.decode(errors="backslashreplace"))
    with pytest.MonkeyPatch.context() as monkeypatch:
        with_sizes(monkeypatch, size, 2 * size)
        assert read(file) == (values, lines, rejected, raw)


def without_line_ends(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")


@generated
@given(st.binary(max_size=60), st.sampled_from(["data.csv", "data.csv.gz"]))
def test_any_bytes_at_all_are_rows_or_a_data_error(folder: Path, text: bytes, name: str) -> None:
    file = folder / name
    file.write_bytes(text)
    try:
        values, lines, rejected, _ = read(file)
    except DataError:
        return
    assert len(values) == len(lines)
    assert len(values) + len(rejected) > 0


@generated
@given(st.lists(rows(), min_size=1, max_size=12), st.floats(0, 1, exclude_max=True))
def test_a_gzipped_file_cut_off_anywhere_is_a_data_error(
    folder: Path, made: list[Row], share: float
) -> None:
    whole = gzip.compress(b"\n".join([HEADER, *(row.text for row in made)]))
    file = folder / "cut.csv.gz"
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError) as caught:
        read(file)
    assert str(file) in str(caught.value)
