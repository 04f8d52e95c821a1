"""Any table that can be read fits the schema that is inferred from it, and does not differ."""

import datetime
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from text_files import quoted

from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.source import check_columns, locate, refuse_unread
from data_ingestion.schema.difference import compare_with_schema
from data_ingestion.schema.inference import infer_schema
from data_ingestion.settings import DataSettings
from zeroskew.schema import column_types, read_schema

CASES = int(os.environ.get("FUZZ_CASES", "20"))
few_examples = settings(max_examples=CASES, suppress_health_check=list(HealthCheck), database=None)
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"'), min_size=1, max_size=8
).filter(str.strip)

numbers = st.floats(-(2.0**126), 2.0**126, width=32)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
cells = st.one_of(
    st.sampled_from(["NA", "?", "-", "null", " ", "00123", "$1,234.50", "12 %", "1,5", "TRUE"]),
    st.integers(-(2**70), 2**70).map(str),
    numbers.map(repr),
    st.dates().map(str),
    words,
)
columns_of_cells = st.one_of(
    st.sampled_from([["1", "NA"], ["$5", "-"], ["1,5", "?"], ["00123", "1"], ["1,234"]]).map(
        lambda some: st.sampled_from([*some, ""])
    ),
    st.just(st.integers(0, 50).map(str)),
    st.just(cells),
    st.just(st.just("")),
)
integers = st.integers(-(2**63), 2**63 - 1)
moments = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1))
ARROW: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.int64(), integers),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.int8(), st.integers(-128, 127)),
    (pa.float64(), numbers | st.just(float("nan"))),
    (pa.float32(), numbers),
    (pa.bool_(), st.booleans()),
    (pa.string(), words),
    (pa.string(), st.sampled_from(["a", "b"])),
    (pa.string(), st.sampled_from(["01", "7"])),
    (pa.binary(), st.binary(max_size=5)),
    (pa.date32(), st.dates()),
    (pa.timestamp("us"), moments),
    (pa.time64("us"), st.times()),
    (pa.decimal128(20, 2), st.decimals(-(10**6), 10**6, places=2)),
    (pa.null(), st.none()),
    (pa.duration("s"), st.timedeltas(datetime.timedelta(0), datetime.timedelta(9))),
    (pa.list_(pa.int64()), st.lists(integers, max_size=3)),
    (pa.list_(pa.float32()), st.lists(numbers, min_size=2, max_size=2)),
    (pa.list_(pa.string()), st.lists(words, max_size=3)),
]


@st.composite
def arrow_tables(draw: st.DrawFn) -> pa.Table:
    """Tables of columns of any type, of which one is readable in any case."""
    size = draw(st.integers(1, 12))
    header = draw(st.lists(names, min_size=2, max_size=5, unique=True))
    columns = [pa.array(range(size))]
    for _ in header[1:]:
        data_type, values = draw(st.sampled_from(ARROW))
        cell = draw(st.sampled_from([values, values | st.none(), st.none()]))
        columns.append(pa.array(draw(st.lists(cell, min_size=size, max_size=size)), data_type))
    return pa.table(columns, names=header)


@st.composite
def text_tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Tables of cells as people write them."""
    size = draw(st.integers(1, 12))
    header = draw(st.lists(names, min_size=2, max_size=5, unique_by=lambda name: name.strip(" \t")))
    columns = [[f"{row}" for row in range(size)]]
    for _ in header[1:]:
        cell = draw(columns_of_cells)
        columns.append(draw(st.lists(cell, min_size=size, max_size=size)))
    return header, [list(row) for row in zip(*columns, strict=True)]


def prove(file: Path) -> None:
    with small_heap():
        schema_file = file.with_name("schema.pbtxt")
        schema_file.unlink(missing_ok=True)
        source = locate(DataSettings(path=str(file)))
        infer_schema(source, schema_file)
        schema = read_schema(schema_file)
        check_columns(source, schema, [])
        count = 0
        for name, rows in source.rows(column_types(schema)):
            refuse_unread(name, rows)
            count += rows.batch.num_rows
        found = compare_with_schema(source, schema)
    assert list(found.anomalies) == []
    assert (found.rows, found.rejected) == (count, 0)


@pytest.fixture(scope="module")
def folder() -> Any:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@few_examples
@given(arrow_tables())
def test_any_parquet_file(folder: Path, table: pa.Table) -> None:
    pq.write_table(table, folder / "data.parquet")
    prove(folder / "data.parquet")


def write(file: Path, delimiter: str, rows: Sequence[Sequence[str]]) -> None:
    text = "".join(delimiter.join(map(quoted, row)) + "\n" for row in rows)
    file.write_text(text, encoding="utf-8", newline="")


@few_examples
@given(text_tables(), st.sampled_from([",", ";", "\t"]))
def test_any_csv_file(
    folder: Path, table: tuple[list[str], list[list[str]]], delimiter: str
) -> None:
    header, rows = table
    write(folder / "data.csv", delimiter, [header, *rows])
    prove(folder / "data.csv")
