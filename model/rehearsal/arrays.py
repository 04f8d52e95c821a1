"""Rows as they are read, to canonical columns."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from model.feature_engineering.columns import Column, describe_length
from model.feature_engineering.raw_rows import RawColumns, to_lists
from zeroskew.errors import DataError


def to_arrays(batch: pa.RecordBatch, columns: Iterable[Column]) -> RawColumns:
    """Returns the canonical values of some columns.

    Args:
        batch: float64, int64 or binary columns, or lists of such; null where missing. A column that
            it does not have is missing in each row.
        columns: those to take.

    Raises:
        DataError: a row holds more values than the column takes, or a vector is not of its length
            or not finite.
    """
    return {column.name: _to_array(batch, column) for column in columns}


def _to_array(batch: pa.RecordBatch, column: Column) -> np.ndarray:
    place = batch.schema.get_field_index(column.name)
    if place < 0:
        return _all_missing(batch.num_rows, column)
    values = batch.column(place)
    if not pa.types.is_nested(values.type):
        return _of_single(values, column)
    counts = values.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    flat = _values(values.flatten(), column)
    if column.length is None:
        return to_lists(np.split(flat, np.cumsum(counts)[:-1]) if len(counts) else [])
    wrong = counts[(counts > 0) & (counts != column.length)]
    if len(wrong):
        raise _refused(column, f"{wrong[0]:,} values in one row")
    full = np.full((batch.num_rows, column.length), _marker(column), flat.dtype)
    full[counts > 0] = flat.reshape(-1, column.length)
    if column.length == 1:
        return full[:, 0]
    known = np.isfinite(full)
    if (known.any(axis=1) & ~known.all(axis=1)).any():
        raise _refused(column, "a vector with numbers that are NaN or infinite")
    return full


def _of_single(values: pa.Array, column: Column) -> np.ndarray:
    found = _values(values, column)
    if column.length == 1:
        return found
    present = values.is_valid().to_numpy(zero_copy_only=False)
    if column.length is None:
        return to_lists([found[row : row + one] for row, one in enumerate(present.tolist())])
    if present.any():
        raise _refused(column, "one value in a row")
    return _all_missing(len(values), column)


def _values(values: pa.Array, column: Column) -> np.ndarray:
    if column.type == "BYTES":
        return np.array(values.fill_null(b"").to_pylist(), object)
    dtype = np.float32 if column.type == "FLOAT" else np.int64
    return values.fill_null(_marker(column)).to_numpy(zero_copy_only=False).astype(dtype)


def _all_missing(rows: int, column: Column) -> np.ndarray:
    dtype = {"FLOAT": np.float32, "INT": np.int64, "BYTES": object}[column.type]
    if column.length is None:
        return to_lists([np.empty(0, dtype) for _ in range(rows)])
    return np.full(rows if column.length == 1 else (rows, column.length), _marker(column), dtype)


def _marker(column: Column) -> float | int | bytes:
    return b"" if column.type == "BYTES" else column.missing  # type: ignore[return-value]


def _refused(column: Column, received: str) -> DataError:
    return DataError(
        f"the column {column.name!r} takes {describe_length(column.length)} in each row",
        received=received,
        action="correct the data, or the column's value_count in the schema",
    )
