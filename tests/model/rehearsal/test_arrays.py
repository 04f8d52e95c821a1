"""Arrow record batches to canonical columns."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from model.feature_engineering.columns import MISSING_INT, Column
from model.rehearsal.arrays import to_arrays
from zeroskew.errors import DataError


def convert(values: pa.Array, kind: str, length: int | None = 1) -> np.ndarray:
    batch = pa.RecordBatch.from_arrays([values], names=["c"])
    return to_arrays(batch, [Column("c", kind, length)])["c"]


def test_a_missing_value_has_its_marker() -> None:
    floats = convert(pa.array([0.5, None]), "FLOAT")
    assert floats.dtype == np.float32
    np.testing.assert_array_equal(floats, [0.5, np.nan])
    assert convert(pa.array([7, None]), "INT").tolist() == [7, MISSING_INT]
    assert convert(pa.array([b"x", None], pa.binary()), "BYTES").tolist() == [b"x", b""]


def test_whole_numbers_stay_exact_beside_missing_ones() -> None:
    assert convert(pa.array([2**62 + 1, None]), "INT").tolist() == [2**62 + 1, MISSING_INT]


def test_lists_of_any_length() -> None:
    lists = convert(pa.array([[1, 2], None, [], [3]]), "INT", None)
    assert [one.tolist() for one in lists] == [[1, 2], [], [], [3]]
    single = convert(pa.array([b"x", None], pa.binary()), "BYTES", None)
    assert [one.tolist() for one in single] == [[b"x"], []]


def test_a_missing_vector_is_a_row_of_markers() -> None:
    vectors = convert(pa.array([[1.0, 2.0], None]), "FLOAT", 2)
    np.testing.assert_array_equal(vectors, [[1, 2], [np.nan, np.nan]])


def test_a_column_that_is_not_there_is_missing() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array([1, 2])], names=["c"])
    columns = [Column("a", "FLOAT", 2), Column("b", "BYTES"), Column("l", "INT", None)]
    found = to_arrays(batch, columns)
    assert found["a"].shape == (2, 2)
    assert found["b"].tolist() == [b"", b""]
    assert [len(one) for one in found["l"]] == [0, 0]


@pytest.mark.parametrize(
    ("values", "length", "received"),
    [
        ([[1.0, 2.0, 3.0]], 2, "3 values in one row"),
        ([[1.0, 2.0]], 1, "2 values in one row"),
        ([[1.0, float("nan")]], 2, "a vector with numbers that are NaN or infinite"),
        ([1.0], 2, "one value in a row"),
    ],
)
def test_another_shape_than_the_schemas_is_refused(
    values: list[Any], length: int, received: str
) -> None:
    with pytest.raises(DataError) as raised:
        convert(pa.array(values), "FLOAT", length)
    assert raised.value.received == received
