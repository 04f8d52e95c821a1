"""Raw tf.Examples, from files to canonical columns."""

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from model.feature_engineering.columns import Column, to_canonical
from zeroskew.lazy import lazy_import
from zeroskew.progress import tell

tf = lazy_import("tensorflow")

BATCH_ROWS = 10_000

RawColumns = Mapping[str, np.ndarray]
"""By column name, the canonical values of some rows, of shape [rows]."""


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
    spec = _spec(columns)

    def decode(serialized: Any) -> tuple[Any, dict[str, Any]]:
        return serialized, to_canonical(tf.io.parse_example(serialized, spec), columns)

    for serialized, values in read_batches(folder, decode):
        yield RawRows(serialized, values)


def read_columns(folder: str, columns: Sequence[Column]) -> Iterator[RawColumns]:
    """Yields what `read_rows` does without the serialized tf.Examples."""
    spec = _spec(columns)

    def decode(serialized: Any) -> dict[str, Any]:
        return to_canonical(tf.io.parse_example(serialized, spec), columns)

    yield from read_batches(folder, decode)


def _spec(columns: Sequence[Column]) -> dict[str, Any]:
    return {column.name: tf.io.VarLenFeature(column.dtype) for column in columns}


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
    if column.type == "FLOAT":
        return np.isnan(values)
    return values == (b"" if column.type == "BYTES" else column.missing)


def as_floats(values: np.ndarray, column: Column) -> np.ndarray:
    """Returns a canonical number column as float32 of shape [rows], NaN where missing.

    The type is that of the transform graph, so that a label computed here equals the one there.
    """
    return np.where(missing_mask(values, column), np.float32("nan"), values.astype(np.float32))
