"""A typical row is like the train rows, and names nobody."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.feature_engineering.columns import Column
from model.feature_engineering.typical_row import read_typical_row, typical_row, write_typical_row
from zeroskew.statistics.compute import statistics_of as count

COLUMNS = [
    Column("fare", "FLOAT"),
    Column("größe (cm)", "INT"),
    Column("plan", "BYTES"),
    Column("tags", "BYTES", None),
    Column("vector", "FLOAT", 3),
]


def statistics_of(arrays: dict[str, pa.Array]):
    (dataset,) = count([pa.RecordBatch.from_arrays([*arrays.values()], [*arrays])]).datasets
    return dataset


def table(words: list[str]) -> dict[str, pa.Array]:
    rows = len(words)
    return {
        "fare": pa.array([[float(one)] for one in range(rows)], pa.list_(pa.float32())),
        "größe (cm)": pa.array([[one] for one in range(rows)], pa.list_(pa.int64())),
        "plan": pa.array([[one.encode()] for one in words], pa.list_(pa.binary())),
        "tags": pa.array([[b"a", b"b"]] * (rows - 1) + [None], pa.list_(pa.binary())),
        "vector": pa.array([[1.0, 2.0, 3.0]] * rows, pa.list_(pa.float32())),
    }


def test_it_holds_medians_and_the_most_frequent_words() -> None:
    row = typical_row(statistics_of(table(["basic"] * 60 + ["plus"] * 41)), COLUMNS)
    assert row["fare"] == pytest.approx(50.0, abs=1)
    assert isinstance(row["größe (cm)"], int)
    assert 49 <= row["größe (cm)"] <= 51
    assert row["plan"] == "basic"
    assert row["tags"] in (["a"], ["b"])
    assert row["vector"] == pytest.approx([2.0] * 3, abs=0.1)


def test_a_word_that_few_rows_have_is_not_shown() -> None:
    names = [f"person {number}" for number in range(1_000)] + ["person 7"] * 8
    assert typical_row(statistics_of(table(names)), COLUMNS)["plan"] == "a word"
    shown = typical_row(statistics_of(table([*names, *["person 7"] * 2])), COLUMNS)
    assert shown["plan"] == "person 7"


def test_columns_of_which_nothing_is_known_have_a_value_of_their_type() -> None:
    expected = {
        "fare": 0.0,
        "größe (cm)": 0,
        "plan": "a word",
        "tags": ["a word"],
        "vector": [0.0, 0.0, 0.0],
    }
    assert typical_row(None, COLUMNS) == expected
    empty = {name: pa.nulls(3, array.type) for name, array in table(["x"] * 3).items()}
    assert typical_row(statistics_of(empty), COLUMNS) == expected


def test_bytes_that_are_no_text_are_not_shown() -> None:
    arrays = table(["x"] * 50)
    arrays["plan"] = pa.array([[b"\xff\xfe"]] * 50, pa.list_(pa.binary()))
    assert typical_row(statistics_of(arrays), COLUMNS)["plan"] == "a word"


@given(st.lists(st.floats(width=32), min_size=1, max_size=20))
def test_numbers_are_always_finite(numbers: list[float]) -> None:
    arrays = table(["x"] * len(numbers))
    fares = [[one] for one in np.array(numbers, np.float32)]
    arrays["fare"] = pa.array(fares, pa.list_(pa.float32()))
    fare = typical_row(statistics_of(arrays), COLUMNS)["fare"]
    assert math.isfinite(fare)
    assert len(str(fare)) <= 19


def test_a_number_is_written_as_short_as_it_is() -> None:
    arrays = table(["x"])
    arrays["fare"] = pa.array([[7.85]], pa.list_(pa.float32()))
    assert typical_row(statistics_of(arrays), COLUMNS)["fare"] == 7.85


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    row = typical_row(None, COLUMNS)
    write_typical_row(str(tmp_path), row)
    assert read_typical_row(str(tmp_path)) == row
