"""Raw tf.Examples, from files to canonical columns."""

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from model.feature_engineering.canonical import to_canonical
from model.feature_engineering.columns import MISSING_INT, Column
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import
from zeroskew.progress import tell

tf = lazy_import("tensorflow")

BATCH_ROWS = 10_000

RawColumns = Mapping[str, np.ndarray]
"""By column name, the canonical values of some rows: shape [rows], or [rows, length] for vectors. A
column of lists is an object array of arrays."""


@dataclasses.dataclass(frozen=True)
class RawRows:
    """Rows of one split.

    Attributes:
        serialized: the tf.Examples, an object array of shape [rows].
        columns: by column name, the canonical values.
    """

    serialized: np.ndarray
    columns: RawColumns

    def __len__(self) -> int:
        return len(self.serialized)

    def take(self, positions: Sequence[int] | np.ndarray) -> "RawRows":
        """Returns the rows at `positions`."""
        chosen = np.asarray(positions, dtype=np.int64)
        return RawRows(
            self.serialized[chosen],
            {name: values[chosen] for name, values in self.columns.items()},
        )


def join_rows(parts: Sequence[RawRows]) -> RawRows:
    """Returns the rows of all parts, at least one, in their order."""
    return RawRows(
        np.concatenate([part.serialized for part in parts]),
        {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns},
    )


def read_rows(folder: str, columns: Sequence[Column]) -> Iterator[RawRows]:
    """Yields the rows of one split in batches of `BATCH_ROWS`, in the order of its files.

    Args:
        folder: the split's folder of gzipped TFRecords.
        columns: the columns to decode.
    """
    decode = _decoder(columns)
    batches = read_batches(folder, lambda serialized: (serialized, *decode(serialized)))
    for serialized, values, counts in batches:
        yield RawRows(serialized, _to_arrays(values, counts, columns))


def read_columns(folder: str, columns: Sequence[Column]) -> Iterator[RawColumns]:
    """Yields what `read_rows` does without the serialized tf.Examples."""
    for values, counts in read_batches(folder, _decoder(columns)):
        yield _to_arrays(values, counts, columns)


def _decoder(columns: Sequence[Column]) -> Callable[[Any], tuple[dict[str, Any], Any]]:
    """Returns what makes canonical columns of tf.Examples, and the longest list of each column."""
    spec = {column.name: tf.io.VarLenFeature(column.dtype) for column in columns}
    lists = [column.name for column in columns if column.length is None]

    def decode(serialized: Any) -> tuple[dict[str, Any], Any]:
        parsed = tf.io.parse_example(serialized, spec)
        longest = tf.stack([parsed[column.name].dense_shape[1] for column in columns])
        values = to_canonical(parsed, columns)
        parts = {name: (values[name].flat_values, values[name].row_splits) for name in lists}
        return {**values, **parts}, longest

    return decode


def _to_arrays(
    values: Mapping[str, Any], longest: np.ndarray, columns: Sequence[Column]
) -> RawColumns:
    for column, count in zip(columns, longest.tolist(), strict=True):
        if column.length == 1 and count > 1:
            raise DataError(
                "a row holds one value of each column, unless the schema says otherwise",
                received=f"{count:,} values of {column.name!r} in one row",
                action="say value_count { min: 1 } in the schema, and use MultiCategory or Vector",
            )
    lists = [column.name for column in columns if column.length is None]
    return {**values, **{name: _to_lists(*values[name]) for name in lists}}


def _to_lists(values: np.ndarray, row_splits: np.ndarray) -> np.ndarray:
    return to_lists(np.split(values, row_splits[1:-1])[: len(row_splits) - 1])


def to_lists(lists: Sequence[np.ndarray]) -> np.ndarray:
    """Returns arrays as one object array of them, whatever their lengths."""
    column = np.empty(len(lists), object)
    for place, one in enumerate(lists):
        column[place] = one
    return column


def is_list(values: np.ndarray) -> bool:
    """Tells whether an array is a column of lists."""
    return values.dtype == object and len(values) > 0 and isinstance(values[0], np.ndarray)


def filled_up(values: np.ndarray) -> np.ndarray:
    """Returns lists as clients send them: filled up with missing values, shape [rows, n]."""
    if not is_list(values):
        return values
    width = max(1, *map(len, values))
    kind = values[0].dtype
    marker: Any = {"O": b"", "i": MISSING_INT, "f": np.nan}[kind.kind]
    return np.array([[*one, *[marker] * (width - len(one))] for one in values], kind)


def as_tensors(columns: RawColumns) -> dict[str, Any]:
    """Returns canonical arrays as tensors."""
    return {name: _as_tensor(values) for name, values in columns.items()}


def _as_tensor(values: np.ndarray) -> Any:
    if is_list(values):
        lengths = [len(one) for one in values]
        return tf.RaggedTensor.from_row_lengths(tf.constant(np.concatenate(list(values))), lengths)
    return tf.constant(values)


def read_batches(folder: str, decode: Callable[[Any], Any]) -> Iterator[Any]:
    """Yields what tf.Examples decode to, in batches of `BATCH_ROWS`, in the order of the files.

    Args:
        folder: of gzipped TFRecords.
        decode: from a string tensor of shape [rows] to tensors; its arrays are yielded.
    """
    files = sorted(tf.io.gfile.glob(os.path.join(folder, "*")))
    batches = tf.data.TFRecordDataset(files, "GZIP").batch(BATCH_ROWS)
    decoded = batches.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    rows = 0
    for batch in decoded.prefetch(1).as_numpy_iterator():
        yield batch
        rows += len(tf.nest.flatten(batch)[0])
        tell(rows, 0, "rows read")


def missing_mask(values: np.ndarray, column: Column) -> np.ndarray:
    """Marks the missing values of a canonical column; a boolean array of shape [rows]."""
    if column.length is None:
        return np.array([len(one) == 0 for one in values], bool)
    if values.ndim == 2:
        values = values[:, 0]
    if column.type == "FLOAT":
        return np.isnan(values)
    return values == (b"" if column.type == "BYTES" else column.missing)


def as_floats(values: np.ndarray, column: Column) -> np.ndarray:
    """Returns a canonical number column as float32 of shape [rows], NaN where missing.

    The type is that of the transform graph, so that a label computed here equals the one there.
    """
    return np.where(missing_mask(values, column), np.float32("nan"), values.astype(np.float32))
