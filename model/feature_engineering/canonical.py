"""Parsed columns to canonical ones, and these to what a transform graph takes."""

from collections.abc import Iterable, Mapping
from typing import Any

from model.feature_engineering.columns import Column, Row, is_missing
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


def to_canonical(raw: Mapping[str, Any], columns: Iterable[Column]) -> dict[str, Any]:
    """Turns parsed columns into canonical ones.

    Args:
        raw: by column name, a SparseTensor of shape [batch, n], or a dense tensor of shape [batch]
            or [batch, n]; lists in a dense one are filled up with markers of missing values.
        columns: the columns to take.

    Returns:
        The canonical columns by name.

    Raises:
        tf.errors.InvalidArgumentError: when run, a vector has another length than its column says,
            or a part of it is missing, NaN or infinite.
    """
    taken = {column: raw[column.name] for column in columns}
    sparse = [values for values in taken.values() if isinstance(values, tf.SparseTensor)]
    one_each = tf.stack([sparse[0].dense_shape[0], 1]) if sparse else None
    return {
        column.name: _single(values, column, one_each)
        if column.length == 1
        else _list(values)
        if column.length is None
        else _vector(values, column)
        for column, values in taken.items()
    }


def _single(values: Any, column: Column, shape: Any) -> Any:
    if not isinstance(values, tf.SparseTensor):
        return values if values.shape.rank == 1 else tf.reshape(values, [-1])
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


def _list(values: Any) -> Any:
    if isinstance(values, tf.SparseTensor):
        values = tf.RaggedTensor.from_sparse(values)
    elif not isinstance(values, tf.RaggedTensor):
        values = tf.RaggedTensor.from_tensor(values)
    present = ~is_missing(values.flat_values)
    return tf.ragged.boolean_mask(values, values.with_flat_values(present))


def _vector(values: Any, column: Column) -> Any:
    length = column.length
    if isinstance(values, tf.SparseTensor):
        lists = tf.RaggedTensor.from_sparse(values)
        lengths = lists.row_lengths()
        fits = (lengths == 0) | (lengths == length)
        values = lists.to_tensor(tf.constant(column.missing, column.dtype), shape=[None, length])
    else:
        fits = tf.constant(True)
        values = tf.reshape(values, [-1, length])
    known = tf.math.is_finite(values)
    whole = tf.reduce_all(known, axis=1) | ~tf.reduce_any(known, axis=1)
    rule = f"the column {column.name!r} takes vectors of {length} finite numbers"
    checks = [tf.debugging.Assert(tf.reduce_all(one), [rule]) for one in (fits, whole)]
    with tf.control_dependencies([check for check in checks if check is not None]):
        return tf.where(known, values, float("nan"))


def from_canonical(row: Row, specs: Mapping[str, Any]) -> dict[str, Any]:
    """Turns canonical columns into what a transform graph takes.

    Args:
        row: canonical columns, one at least.
        specs: by column name, the graph's `tf.SparseTensorSpec` or `tf.TensorSpec`.

    Returns:
        By column name, a SparseTensor or a dense tensor of shape [batch, n], with the markers of
        missing values.
    """
    count = row_count(row)
    shape = tf.stack([count, 1])
    indices = tf.stack([tf.range(count), tf.zeros([count], tf.int64)], axis=1)

    def sparse(values: Any) -> Any:
        if isinstance(values, tf.RaggedTensor):
            return values.to_sparse()
        if values.shape.rank == 1:
            return tf.SparseTensor(indices, values, shape)
        places = tf.where(~is_missing(values))
        return tf.SparseTensor(
            places, tf.gather_nd(values, places), tf.shape(values, out_type=tf.int64)
        )

    return {
        name: sparse(row[name])
        if isinstance(spec, tf.SparseTensorSpec)
        else tf.reshape(row[name], [-1, spec.shape[1] or 1])
        for name, spec in specs.items()
    }


def row_count(row: Row) -> Any:
    """Returns how many rows there are, an int64 tensor."""
    first = next(iter(row.values()))
    if isinstance(first, tf.RaggedTensor):
        return first.nrows(tf.int64)
    return tf.shape(first, out_type=tf.int64)[0]


def all_missing(column: Column, count: Any) -> Any:
    """Returns a canonical column of so many rows that are all missing."""
    if column.length is None:
        lengths = tf.zeros([count], tf.int64)
        return tf.RaggedTensor.from_row_lengths(tf.zeros([0], column.dtype), lengths)
    shape = [count] if column.length == 1 else [count, column.length]
    return tf.fill(shape, tf.constant(column.missing, column.dtype))
