"""Raw tf.Examples, from files to canonical columns."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from model.feature_engineering.columns import Column, to_canonical
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True)
class RawRows:
    """Rows of one split.

    Attributes:
        serialized: the tf.Examples, an object array of shape [rows].
        columns: by column name, the canonical values, of shape [rows].
    """

    serialized: np.ndarray
    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.serialized)

    def take(self, positions: Sequence[int]) -> "RawRows":
        """Returns the rows at `positions`."""
        chosen = np.asarray(positions, dtype=np.int64)
        return RawRows(
            self.serialized[chosen],
            {name: values[chosen] for name, values in self.columns.items()},
        )


def read_rows(folder: str, columns: Sequence[Column], limit: int = 1_000_000) -> RawRows:
    """Reads the gzipped TFRecords of one split.

    Args:
        folder: the split's folder.
        columns: the columns to decode.
        limit: rows to read at most.
    """
    spec = {column.name: tf.io.VarLenFeature(column.dtype) for column in columns}

    def decode(serialized: Any) -> tuple[Any, dict[str, Any]]:
        return serialized, to_canonical(tf.io.parse_example(serialized, spec), columns)

    files = sorted(tf.io.gfile.glob(os.path.join(folder, "*")))
    records = tf.data.TFRecordDataset(files, "GZIP").take(limit)
    batches = list(records.batch(10_000).map(decode).as_numpy_iterator())
    return RawRows(
        _concatenate([serialized for serialized, _ in batches]),
        {
            column.name: _concatenate([rows[column.name] for _, rows in batches])
            for column in columns
        },
    )


def _concatenate(parts: list[Any]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0)


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
