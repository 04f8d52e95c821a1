"""Raw columns: their types as the schema states them, and how a missing value looks.

A row reaches the model as tf.Example, as named tensors or as JSON. In all of them a value can be
missing, so one canonical form comes first: a dense vector per column that holds a marker where
the value is missing. Every feature starts from that form, in training and in serving alike.

| column type | missing in a tf.Example    | marker               |
| ----------- | -------------------------- | -------------------- |
| FLOAT       | no value, or NaN           | NaN                  |
| INT         | no value                   | -9223372036854775808 |
| BYTES       | no value, or empty string  | empty string         |

A column of lists is a ragged tensor of shape [batch, None] that holds no marker; an empty list is a
missing value. A column of vectors is dense, of shape [batch, length], and a missing vector a row of
markers.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from zeroskew.lazy import lazy_import
from zeroskew.schema import column_lengths, column_types

tf = lazy_import("tensorflow")

MISSING_INT = -(2**63)

Row = Mapping[str, Any]
"""Canonical raw columns by name: one value in each row makes a dense tensor of shape [batch]."""


@dataclasses.dataclass(frozen=True)
class Column:
    """One column of the schema.

    Attributes:
        name: its name in the table.
        type: ``"FLOAT"``, ``"INT"`` or ``"BYTES"``, as in the schema.
        length: how many values a row holds: 1, as many as a vector has, or None for a list.
    """

    name: str
    type: str
    length: int | None = 1

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
    lengths = column_lengths(schema)
    return {
        name: Column(name, type_, _length(type_, lengths[name]))
        for name, type_ in column_types(schema).items()
    }


def _length(type_: str, length: int | None) -> int | None:
    """Only numbers make vectors: some words in each row are a list, however many there are."""
    return length if type_ == "FLOAT" or length == 1 else None


def describe_length(length: int | None) -> str:
    """Returns in words what a row holds."""
    if length == 1:
        return "one value"
    return "a list of values" if length is None else f"a vector of {length} numbers"


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


def finite(values: Any) -> Any:
    """Returns float32 numbers of any shape, an infinite one as missing."""
    return tf.where(tf.math.is_finite(values), values, float("nan"))


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
