"""Arrow columns to what `serving_columns` takes, all rows of a batch at once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from model.serving.batch.cells import as_values, counts, flat
from model.serving.predict import MISSING

_TYPES = {"float32": pa.float64(), "int64": pa.int64(), "string": pa.binary()}


def misfits(batch: pa.RecordBatch, inputs: Mapping[str, Any]) -> dict[int, str]:
    """Returns the rows that a model cannot take, and why: they hold too many or too few values.

    Args:
        batch: the rows.
        inputs: what the signature takes, a tf.TensorSpec by column.
    """
    found: dict[int, str] = {}
    for name, column, spec in _present(batch, inputs):
        length = 1 if spec.shape.rank == 1 else spec.shape[1]
        if length is None or (length == 1 and not pa.types.is_nested(column.type)):
            continue
        lengths = counts(column)
        for row in np.flatnonzero((lengths != 0) & (lengths != length)).tolist():
            values = "value" if lengths[row] == 1 else "values"
            found.setdefault(row, f"{name} holds {lengths[row]} {values}, not {length}")
    return found


def to_arrays(batch: pa.RecordBatch, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Returns an array of shape [rows] for each input, or [rows, n] for lists and vectors.

    A missing value is what the signature takes for one; lists are filled up with it.

    Args:
        batch: rows that are no `misfits`; a column that it lacks is missing in each.
        inputs: what the signature takes, a tf.TensorSpec by column.
    """
    arrays = {name: _absent(batch.num_rows, spec) for name, spec in inputs.items()}
    for name, column, spec in _present(batch, inputs):
        make = _plain if spec.shape.rank == 1 else _filled_up
        arrays[name] = make(column, spec)
    return arrays


def _present(
    batch: pa.RecordBatch, inputs: Mapping[str, Any]
) -> Iterator[tuple[str, pa.Array, Any]]:
    for name, spec in inputs.items():
        place = batch.schema.get_field_index(name)
        if place >= 0:
            yield name, batch.column(place), spec


def _absent(rows: int, spec: Any) -> np.ndarray:
    shape = (rows,) if spec.shape.rank == 1 else (rows, spec.shape[1] or 1)
    return np.full(shape, MISSING[spec.dtype.name], spec.dtype.as_numpy_dtype)


def _plain(column: pa.Array, spec: Any) -> np.ndarray:
    return _CONVERSIONS[spec.dtype.name](as_values(column).cast(_TYPES[spec.dtype.name]))


def _filled_up(column: pa.Array, spec: Any) -> np.ndarray:
    lengths = counts(column)
    width = spec.shape[1] or max(1, int(lengths.max(initial=0)))
    kind = spec.dtype.name
    filled = np.full((len(column), width), MISSING[kind], spec.dtype.as_numpy_dtype)
    values = flat(column).cast(_TYPES[kind])
    filled[np.arange(width) < lengths[:, np.newaxis]] = _CONVERSIONS[kind](values)
    return filled


def _floats(values: pa.Array) -> np.ndarray:
    # Arrow makes NaN of null.
    return values.to_numpy(zero_copy_only=False).astype(np.float32)


def _integers(values: pa.Array) -> np.ndarray:
    found: np.ndarray = values.fill_null(MISSING["int64"]).to_numpy(zero_copy_only=False)
    return found


def _texts(values: pa.Array) -> np.ndarray:
    found: np.ndarray = values.fill_null(b"").to_numpy(zero_copy_only=False)
    return found


_CONVERSIONS: Mapping[str, Callable[[pa.Array], np.ndarray]] = {
    "float32": _floats,
    "int64": _integers,
    "string": _texts,
}
