"""Arrays of a signature, and tf.Examples, as columns of Arrow: what is missing is null."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from model.serving.predict import MISSING, is_missing
from model.serving.saved_model import Arrays
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")
example_pb2 = lazy_import("tensorflow.core.example.example_pb2")

_LISTS = {"float32": "float_list", "int64": "int64_list", "string": "bytes_list"}


def from_inputs(array: np.ndarray) -> pa.Array:
    """Returns the column of an input, of shape [rows] or [rows, values], without its markers.

    A list loses the markers at its end, by which the rows of a batch became equally long.
    """
    missing = is_missing(array)
    if array.ndim == 1:
        if array.dtype == object:
            return texts([None if gone else one for one, gone in zip(array, missing, strict=True)])
        return pa.array(array, mask=missing)
    lengths = np.where(missing, 0, np.arange(1, array.shape[1] + 1)).max(axis=1, initial=0)
    kept = array[np.arange(array.shape[1]) < lengths[:, np.newaxis]]
    values = texts([*kept]) if kept.dtype == object else pa.array(kept)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(offsets, values, mask=pa.array(lengths == 0))


def from_outputs(array: np.ndarray) -> pa.Array:
    """Returns the column of an output, of shape [rows, ...]; further dimensions become lists."""
    flat = array.reshape(-1)
    column = texts([*flat]) if array.dtype == object else pa.array(flat)
    for place in range(array.ndim - 1, 0, -1):
        size = array.shape[place]
        count = int(np.prod(array.shape[:place]))
        column = pa.ListArray.from_arrays(np.arange(count + 1, dtype=np.int32) * size, column)
    return column


def to_serialized(array: np.ndarray, *, is_json: bool) -> list[bytes]:
    """Returns tf.Examples that came as such or as JSON, serialized."""
    given = tf.io.decode_json_example(array).numpy() if is_json else array
    return [one.encode() if isinstance(one, str) else one for one in given.tolist()]


def from_examples(serialized: Sequence[bytes], specs: Mapping[str, Any]) -> dict[str, pa.Array]:
    """Returns the columns of tf.Examples.

    Args:
        serialized: the examples, all of which the model has read.
        specs: the tf.TensorSpec of each raw column.
    """
    features = [example_pb2.Example.FromString(one).features.feature for one in serialized]
    return {
        name: _of_features([one.get(name) for one in features], spec)
        for name, spec in specs.items()
    }


def keys_in_examples(serialized: Sequence[bytes], key: str) -> list[Any]:
    """Returns the first value of a key in each tf.Example, None without one."""
    found = []
    for one in serialized:
        features = example_pb2.Example.FromString(one).features.feature
        kind = features[key].WhichOneof("kind") if key in features else None
        values = getattr(features[key], kind).value if kind else ()
        found.append(values[0] if values else None)
    return found


def keys(values: Sequence[Any]) -> pa.Array:
    """Returns a column of keys: whole numbers if all are, else text."""
    if all(value is None or isinstance(value, int) for value in values):
        return pa.array(values, pa.int64())
    return texts([str(one) if isinstance(one, int) else one for one in values])


def texts(values: Sequence[Any]) -> pa.Array:
    """Returns a column of text; of bytes, if one is no UTF-8."""
    try:
        decoded = [one.decode() if isinstance(one, bytes) else one for one in values]
    except UnicodeDecodeError:
        encoded = [one.encode() if isinstance(one, str) else one for one in values]
        return pa.array(encoded, pa.binary())
    return pa.array(decoded, pa.string())


def joined(batches: Sequence[pa.RecordBatch]) -> pa.Table:
    """Returns batches as one table with the columns of all of them, null where one has none.

    A column that is bytes in one of them is so in all.
    """
    types: dict[str, pa.DataType] = {}
    for batch in batches:
        for field in batch.schema:
            types[field.name] = _wider(types.get(field.name, field.type), field.type)
    schema = pa.schema(types.items())
    return pa.concat_tables([pa.table(_filled(batch, schema), schema) for batch in batches])


def _filled(batch: pa.RecordBatch, schema: pa.Schema) -> list[pa.Array]:
    found = dict(zip(batch.schema.names, batch.columns, strict=True))
    count = batch.num_rows
    return [
        found[field.name].cast(field.type) if field.name in found else pa.nulls(count, field.type)
        for field in schema
    ]


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Returns the type that holds both: keys are numbers or text, text may be bytes."""
    if one == other:
        return one
    if pa.types.is_list(one):
        return pa.list_(_wider(one.value_type, other.value_type))
    return pa.binary() if pa.binary() in (one, other) else pa.string()


def _of_features(features: Sequence[Any], spec: Any) -> pa.Array:
    kind = _LISTS[spec.dtype.name]
    cells = [list(getattr(one, kind).value) if one is not None else [] for one in features]
    if spec.shape.rank == 1:
        filled = np.empty(len(cells), spec.dtype.as_numpy_dtype)
        marker = MISSING[spec.dtype.name]
        filled[:] = [cell[0] if cell else marker for cell in cells]
        return from_inputs(filled)
    values = [one for cell in cells for one in cell]
    column = texts(values) if kind == "bytes_list" else pa.array(values, spec.dtype.name)
    offsets = np.concatenate([[0], np.cumsum([*map(len, cells)])]).astype(np.int32)
    empty = pa.array([not cell for cell in cells])
    return pa.ListArray.from_arrays(offsets, column, mask=empty)


def inputs_of(arrays: Arrays) -> dict[str, pa.Array]:
    """Returns the columns of all inputs."""
    return {name: from_inputs(array) for name, array in arrays.items()}
