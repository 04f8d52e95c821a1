import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model.evaluation.parity_rows import UNSEEN_WORD, choose_rows, gather_rows, made_up_rows
from model.feature_engineering.canonical import to_canonical
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.raw_rows import RawRows, missing_mask
from zeroskew.errors import DataError

COLUMNS = {
    "fare": Column("fare", "FLOAT"),
    "month": Column("month", "INT"),
    "company": Column("company", "BYTES"),
}


def hundred_rows() -> RawRows:
    fare = np.full(100, 10.0, dtype=np.float32)
    fare[[41, 52, 63]] = np.nan, -7.0, 900.0
    month = np.arange(100, dtype=np.int64) % 2 + 5
    month[[34, 35, 36]] = MISSING_INT, 1, 12
    company = np.array([b"Blue", b"Red"] * 50, dtype=object)
    company[[77, 78]] = b"", b"Rare"
    return RawRows(
        np.array([b""] * 100, dtype=object), {"fare": fare, "month": month, "company": company}
    )


def test_missing_rarest_smallest_and_largest_values_are_always_chosen():
    chosen = choose_rows(hundred_rows(), COLUMNS, 12)
    assert {41, 52, 63, 34, 35, 36, 77, 78} <= set(chosen)
    assert len(chosen) == 12
    assert chosen == sorted(set(chosen))


def test_the_rest_of_the_chosen_rows_is_spread_over_the_table():
    chosen = choose_rows(hundred_rows(), COLUMNS, 50)
    assert len(chosen) == 50
    assert chosen[0] == 0
    assert max(np.diff(chosen)) <= 20


def test_all_rows_are_chosen_when_there_are_fewer_than_asked_for():
    assert choose_rows(hundred_rows(), COLUMNS, 500) == list(range(100))


def test_made_up_rows_are_missing_unseen_and_extreme():
    columns = list(COLUMNS.values())
    rows = made_up_rows(columns)
    assert len(rows) == 4
    assert np.isnan(rows.columns["fare"][0])
    np.testing.assert_array_equal(
        rows.columns["fare"][1:], np.array([-1e30, 0.0, 1e30], dtype=np.float32)
    )
    assert rows.columns["month"].tolist() == [MISSING_INT, -(2**62), 0, 2**62]
    assert rows.columns["company"].tolist() == [
        b"",
        UNSEEN_WORD.encode(),
        "\u2603 \u00fc".encode(),
        b" ",
    ]
    for column in columns:
        assert missing_mask(rows.columns[column.name], column).tolist() == [
            True,
            False,
            False,
            False,
        ]


def test_made_up_rows_say_the_same_serialized_as_in_columns():
    columns = list(COLUMNS.values())
    rows = made_up_rows(columns)
    spec = {column.name: tf.io.VarLenFeature(column.dtype) for column in columns}
    parsed = to_canonical(tf.io.parse_example(rows.serialized, spec), columns)
    for name, values in rows.columns.items():
        np.testing.assert_array_equal(parsed[name].numpy(), values, err_msg=name)
    assert tf.train.Example.FromString(rows.serialized[0]).features.feature["fare"] == (
        tf.train.Feature()
    )


def many_rows(count: int, first: int = 0) -> RawRows:
    """Rows that are all different, none of them missing."""
    numbers = np.arange(first, first + count)
    return RawRows(
        np.array([b"row %d" % number for number in numbers], object),
        {
            "fare": numbers.astype(np.float32),
            "month": numbers % 12 + 1,
            "company": np.array([b"Blue"] * count, object),
        },
    )


def cut(rows: RawRows, size: int) -> Iterator[RawRows]:
    for start in range(0, len(rows), size):
        yield rows.take(np.arange(start, min(start + size, len(rows))))


@settings(max_examples=20)
@given(st.integers(0, 999), st.integers(1, 400), st.integers(0, 5))
def test_the_one_unusual_row_is_gathered_wherever_it_lies(place, size, seed):
    rows = many_rows(1000)
    rows.columns["fare"][place] = np.nan
    rows.columns["month"][-place] = 700
    rows.columns["company"][place // 2] = b"Aaa"
    chosen, _ = gather_rows(cut(rows, size), COLUMNS, 20, seed, pool=40)
    assert len(chosen) == 20
    assert np.isnan(chosen.columns["fare"]).sum() == 1
    assert 700 in chosen.columns["month"]
    assert b"Aaa" in chosen.columns["company"]


def test_the_report_says_how_many_rows_were_drawn_of_how_many_and_how():
    _, sample = gather_rows(cut(many_rows(1000), 100), COLUMNS, 20, seed=7, pool=40)
    assert sample == {
        "of": 1000,
        "drawn": 40,
        "draw": "uniformly over all rows, seed 7",
        "chosen": "unusual values of each column first, the rest evenly from the drawn rows",
    }


def test_all_rows_are_gathered_once_when_there_are_fewer_than_asked_for():
    chosen, sample = gather_rows(cut(many_rows(30), 7), COLUMNS, 500, seed=0)
    assert sorted(chosen.serialized.tolist()) == sorted(many_rows(30).serialized.tolist())
    assert (sample["drawn"], sample["of"], sample["draw"]) == (30, 30, "all rows")


def test_gathered_rows_are_spread_over_the_whole_table():
    chosen, _ = gather_rows(cut(many_rows(10_000), 500), COLUMNS, 200, seed=0, pool=400)
    quarters = np.bincount((chosen.columns["fare"] // 2500).astype(int), minlength=4)
    assert quarters.min() > 30


def test_a_split_without_rows_is_refused():
    with pytest.raises(DataError, match="the eval split must have rows"):
        gather_rows([], COLUMNS, 20, seed=0)


def peak(count: int) -> int:
    """Bytes at the peak of gathering from `count` batches."""
    batches = (many_rows(500, 500 * number) for number in range(count))
    tracemalloc.start()
    gather_rows(batches, COLUMNS, 20, seed=0, pool=500)
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return highest


def test_memory_does_not_grow_with_the_rows():
    peak(2)
    assert peak(60) < 1.2 * peak(10)
