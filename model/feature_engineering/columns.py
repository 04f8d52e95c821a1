"""Raw columns: their types as the schema states them, and how a missing value looks.

A row reaches the model as tf.Example, as named tensors or as JSON. In all of them a value can be
missing, so one canonical form comes first: a dense vector per column that holds a marker where
the value is missing. Every feature starts from that form, in training and in serving alike.

| column type | missing in a tf.Example    | marker               |
| ----------- | -------------------------- | -------------------- |
| FLOAT       | no value, or NaN           | NaN                  |
| INT         | no value                   | -9223372036854775808 |
| BYTES       | no value, or empty string  | empty string         |
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from zeroskew.lazy import lazy_import
from zeroskew.schema import column_types

tf = lazy_import("tensorflow")

MISSING_INT = -(2**63)

Row = Mapping[str, Any]
"""Canonical raw columns: name -> dense tensor of shape [batch] with missing markers."""


@dataclasses.dataclass(frozen=True)
class Column:
    """One column of the schema.

    Attributes:
        name: its name in the table.
        type: ``"FLOAT"``, ``"INT"`` or ``"BYTES"``, as in the schema.
    """

    name: str
    type: str

    @property
    def dtype(self) -> Any:
        """The tf.DType of the column's tensors."""
        return {"FLOAT": tf.float32, "INT": tf.int64, "BYTES": tf.string}[self.type]

    @property
    def missing(self) -> float | int | str:
        """The marker that stands for a missing value."""
        markers: dict[str, float | int | str]
        markers = {"FLOAT": float("nan"), "INT": MISSING_INT, "BYTES": ""}
        return markers[self.type]


def columns_of(schema: Any) -> dict[str, Column]:
    """Returns the columns of a `schema_pb2.Schema` by name, in the schema's order."""
    return {name: Column(name, type_) for name, type_ in column_types(schema).items()}


def is_missing(values: Any) -> Any:
    """Marks the missing values of a canonical tensor.

    Args:
        values: dense tensor of any shape, float32, int64 or string.

    Returns:
        A boolean tensor of that shape.
    """
    if values.dtype == tf.string:
        return tf.equal(values, "")
    if values.dtype == tf.int64:
        return tf.equal(values, MISSING_INT)
    return tf.math.is_nan(values)


def to_canonical(raw: Mapping[str, Any], columns: Iterable[Column]) -> dict[str, Any]:
    """Turns parsed columns into canonical ones.

    Args:
        raw: by column name, a SparseTensor of shape [batch, n] or a dense tensor of shape
            [batch] or [batch, 1].
        columns: the columns to take.

    Returns:
        By column name, a dense tensor of shape [batch] with missing markers.
    """
    taken = {column: raw[column.name] for column in columns}
    sparse = [values for values in taken.values() if isinstance(values, tf.SparseTensor)]
    one_each = tf.stack([sparse[0].dense_shape[0], 1]) if sparse else None
    return {column.name: _dense(values, column, one_each) for column, values in taken.items()}


def _dense(values: Any, column: Column, shape: Any) -> Any:
    if not isinstance(values, tf.SparseTensor):
        return tf.reshape(values, [-1])
    # Few operations: with many columns, most of the time goes into making the graph.
    first = tf.sparse.slice(values, (0, 0), shape)
    dense = tf.raw_ops.SparseToDense(
        sparse_indices=first.indices,
        output_shape=shape,
        sparse_values=first.values,
        default_value=tf.constant(column.missing, column.dtype),
        validate_indices=False,
    )
    return tf.reshape(dense, [-1])


def from_canonical(row: Row, specs: Mapping[str, Any]) -> dict[str, Any]:
    """Turns canonical columns into what a transform graph takes.

    Args:
        row: canonical columns, one at least.
        specs: by column name, the graph's `tf.SparseTensorSpec` or `tf.TensorSpec`.

    Returns:
        By column name, a SparseTensor or a dense tensor of shape [batch, 1], with the markers of
        missing values.
    """
    count = tf.shape(next(iter(row.values())), out_type=tf.int64)[0]
    shape = tf.stack([count, 1])
    indices = tf.stack([tf.range(count), tf.zeros([count], tf.int64)], axis=1)
    return {
        name: tf.SparseTensor(indices, row[name], shape)
        if isinstance(spec, tf.SparseTensorSpec)
        else tf.reshape(row[name], [-1, 1])
        for name, spec in specs.items()
    }


def as_strings(values: Any) -> Any:
    """Returns a canonical tensor as strings of shape [batch], a missing value as ``""``."""
    if values.dtype == tf.string:
        return values
    return tf.where(is_missing(values), "", tf.strings.as_string(values))


def as_float(values: Any) -> Any:
    """Returns a canonical number as float32 of shape [batch], NaN where missing."""
    if values.dtype == tf.float32:
        return values
    return tf.where(is_missing(values), float("nan"), tf.cast(values, tf.float32))


def fingerprint(row: Row, names: Iterable[str]) -> Any:
    """Computes a key that equal raw rows share, to find one row in two places.

    Args:
        row: canonical columns.
        names: the columns that make the key, in any order.

    Returns:
        An int64 tensor of shape [batch].
    """
    by_type: dict[Any, list[Any]] = {}
    for name in sorted(names):
        by_type.setdefault(row[name].dtype, []).append(row[name])
    texts = [
        tf.strings.reduce_join(_exact_strings(tf.stack(columns, axis=1)), axis=1, separator="\x1f")
        for _, columns in sorted(by_type.items(), key=lambda item: item[0].name)
    ]
    return tf.strings.to_hash_bucket_fast(tf.strings.join(texts, separator="\x1f"), 2**62)


def _exact_strings(values: Any) -> Any:
    if values.dtype != tf.float32:
        return as_strings(values)
    # The bits: six decimals, as `as_strings` writes them, would make different rows equal.
    bits = tf.strings.as_string(tf.bitcast(values, tf.int32))
    return tf.where(is_missing(values), "", bits)
