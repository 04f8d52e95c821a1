"""What a look at the rows of a table says of its columns."""

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeroskew.column_facts import look_at

ROW = st.fixed_dictionaries(
    {
        "whole": st.one_of(st.none(), st.integers(-3, 3)),
        "part": st.one_of(st.none(), st.sampled_from([0.5, 1.5, 2.0])),
        "word": st.one_of(st.none(), st.sampled_from([b"", b"a", b"\xff", "ä".encode()])),
        "list": st.one_of(st.none(), st.lists(st.sampled_from([b"p", b"q"]), max_size=3)),
    }
)
SCHEMA = pa.schema(
    {
        "whole": pa.int64(),
        "part": pa.float64(),
        "word": pa.binary(),
        "list": pa.list_(pa.binary()),
    }
)


def batches(rows: list[dict[str, Any]], size: int) -> list[pa.RecordBatch]:
    return pa.Table.from_pylist(rows, SCHEMA).to_batches(max_chunksize=size)


@given(st.lists(ROW, min_size=1, max_size=30), st.integers(1, 7))
def test_rows_missing_and_different_values_are_counted(
    rows: list[dict[str, Any]], size: int
) -> None:
    found = look_at(batches(rows, size))
    assert found.rows == len(rows)
    assert found.drawn.to_pylist() == rows
    for column in found.columns:
        values = [row[column.name] for row in rows]
        held = [value for value in values if value not in (None, b"", [])]
        assert column.missing == len(rows) - len(held)
        flat = [one for value in held for one in value] if column.is_list else held
        assert column.values.to_pylist() == flat
        assert dict(column.counts) == Counter(flat)
        assert [count for _, count in column.counts] == sorted(Counter(flat).values())[::-1]


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 9))
def test_of_many_rows_evenly_drawn_ones_are_kept(count: int, size: int, most: int) -> None:
    rows = [{"whole": number} for number in range(count)]
    found = look_at(batches(rows, size), most)
    drawn = found.drawn["whole"].to_pylist()
    step = drawn[1] - drawn[0] if len(drawn) > 1 else max(count, 1)
    assert drawn == list(range(0, count, step))
    assert len(drawn) <= most
    assert found.rows == count
    assert len(drawn) > most / 2 or step == 1


def test_types_lengths_and_texts() -> None:
    rows = [
        {"whole": 1, "part": 0.5, "word": b"a", "list": [b"p", b"q"]},
        {"whole": 1, "part": 2.0, "word": b"\xff", "list": [b"p"]},
    ]
    whole, part, word, many = look_at(batches(rows, 9)).columns
    assert [one.type for one in (whole, part, word, many)] == ["INT", "FLOAT", "BYTES", "BYTES"]
    assert (many.is_list, many.lengths) == (True, (1, 2))
    assert (word.is_list, word.lengths) == (False, (1, 1))
    assert word.texts == ["a", "\N{REPLACEMENT CHARACTER}"]
    assert part.numbers.tolist() == [0.5, 2.0]
    assert whole.missing_share == 0.0
    assert look_at(batches([{}, {"part": 1.0}], 9)).columns[1].missing_share == pytest.approx(0.5)
