"""What holds for each reader, whatever the table: see `every_reader.py`."""

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from every_reader import TYPES, WRITERS, Table, to_postgresql
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_ingestion.readers.rows import Reader, RejectedRow
from data_ingestion.readers.source import ALL_ROWS, locate

integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)
# NUL ends text in some databases, and a lone surrogate is no text.
texts = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], min_codepoint=32), min_size=1, max_size=20
)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows = draw(st.integers(1, 30))
    columns = {"count": integers, "fare": floats, "company": texts}
    return {
        "id": list(range(rows)),
        **{
            name: draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
            for name, values in columns.items()
        },
    }


@pytest.fixture(params=[*WRITERS, "postgresql"])
def writer(request: pytest.FixtureRequest) -> Callable[[Path, Table], Any]:
    if request.param == "postgresql":
        return to_postgresql(request.getfixturevalue("server"))
    return WRITERS[request.param]


def reader_of(writer: Callable[[Path, Table], Any], folder: Path, table: Table) -> Reader:
    return locate(writer(folder, table)).readers[ALL_ROWS]


def read(reader: Reader, types: dict[str, str]) -> tuple[list[dict[str, Any]], list[RejectedRow]]:
    """Returns the rows that could be read and those that could not; checks what `Rows` promises."""
    kept: list[dict[str, Any]] = []
    rejected: list[RejectedRow] = []
    for chunk in reader.chunks():
        for piece in chunk.read(types):
            assert len(piece.lines) == piece.batch.num_rows
            assert set(piece.batch.schema.names) <= set(types)
            for column in piece.batch.columns:
                assert column.type in (pa.float64(), pa.int64(), pa.binary())
            kept += piece.batch.to_pylist()
            rejected += piece.rejected
    return kept, rejected


each_table = settings(max_examples=10, suppress_health_check=list(HealthCheck), database=None)


@each_table
@given(table=tables())
def test_every_reader_gives_the_same_rows(writer, tmp_path_factory, table) -> None:
    reader = reader_of(writer, tmp_path_factory.mktemp("table"), table)
    kept, rejected = read(reader, TYPES)
    assert rejected == []
    wanted = [
        dict(zip(table, [*row[:-1], row[-1] and row[-1].encode()], strict=True))
        for row in zip(*table.values(), strict=True)
    ]
    assert kept == wanted


def test_chunks_are_the_same_each_time_and_can_go_to_another_process(writer, tmp_path) -> None:
    table = {"id": list(range(100)), "count": [number % 7 for number in range(100)]}
    reader = reader_of(writer, tmp_path, table)
    chunks = reader.chunks()
    assert chunks == reader.chunks()
    there = pickle.loads(pickle.dumps(chunks))
    read = [list(chunk.read({"id": "INT"})) for chunk in there]
    ids = [piece.batch.column(0).to_pylist() for rows in read for piece in rows]
    assert [one for some in ids for one in some] == table["id"]
    for chunk, rows in zip(there, read, strict=True):
        assert chunk.count() in (None, sum(piece.batch.num_rows for piece in rows))


def test_columns_are_told_without_reading_and_read_without_others(writer, tmp_path) -> None:
    table = {"id": [0, 1], "fare": [0.5, None], "company": ["a", "b"]}
    reader = reader_of(writer, tmp_path, table)
    assert reader.columns() == {"id": "INT", "fare": "FLOAT", "company": "BYTES"}
    (names,) = reader.column_names().values()
    assert sorted(names) == sorted(table)
    kept, _ = read(reader, {"fare": "FLOAT", "absent": "INT"})
    assert [row["fare"] for row in kept] == [0.5, None]
    assert {name for row in kept for name in row} - {"absent"} == {"fare"}


def test_a_value_that_does_not_fit_costs_its_row_alone(writer, tmp_path) -> None:
    table = {"id": [0, 1, 2], "count": ["1", "many", None]}
    kept, rejected = read(reader_of(writer, tmp_path, table), {"id": "INT", "count": "INT"})
    if writer is WRITERS["tfrecord"]:
        # A tf.Example is passed on as it is, so text in it is no number, whatever it says.
        assert (kept, len(rejected)) == ([], 3)
    else:
        assert kept == [{"id": 0, "count": 1}, {"id": 2, "count": None}]
        assert len(rejected) == 1
    (row,) = [row for row in rejected if "many" in row.raw]
    first = 2 if "csv" in row.source else 1
    assert row.line == first + 1
    assert row.reason.startswith("count ")


def test_a_number_that_no_float32_holds_is_rejected(writer, tmp_path) -> None:
    table = {"id": [0, 1], "fare": [1e300, 2.5]}
    kept, (row,) = read(reader_of(writer, tmp_path, table), {"id": "INT", "fare": "FLOAT"})
    assert kept == [{"id": 1, "fare": 2.5}]
    assert re.fullmatch(r"fare is '(1e\+300|inf)', not a finite 32-bit number", row.reason)
