"""Transformed rows as one matrix: as small as they get, and quick to pick from."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from model.feature_engineering.feature_set import ROW_KEY, FeatureSet
from model.feature_engineering.labels import WEIGHT
from model.feature_engineering.network_inputs import IDS, NUMBERS
from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.errors import DataError
from zeroskew.files import list_folder
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

Rows = np.ndarray
"""int32 of shape [rows, columns]: numbers by their bits, ids, what the row counts, the label."""


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of a split: rows are dealt by their keys, so that equal rows are in one part.

    Attributes:
        start: where it starts, as a share of all keys.
        end: where it ends.
    """

    start: float
    end: float

    def holds(self, keys: np.ndarray) -> np.ndarray:
        """Tells for each row key whether its row is in the part."""
        share = keys.astype(np.uint64) % _KEYS / _KEYS
        return (self.start <= share) & (share < self.end)

    def of(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Returns those transformed examples that are in the part."""
        return batch.filter(pa.array(self.holds(_values(batch, ROW_KEY))))


_KEYS = np.uint64(1_000_003)


@dataclasses.dataclass(frozen=True)
class Layout:
    """What the columns of the matrix are.

    Attributes:
        numbers: lengths of float32 tensors by name.
        ids: lengths of int64 tensors, whose values fit into 32 bits, by name.
        label: the label's name.
        label_is_number: whether it is float32; otherwise an id.
        is_weighted: whether rows count differently.
    """

    numbers: Mapping[str, int]
    ids: Mapping[str, int]
    label: str
    label_is_number: bool = False
    is_weighted: bool = False

    @classmethod
    def of(cls, features: FeatureSet) -> "Layout":
        """Returns the layout for a feature list."""
        return cls(
            {output.name: output.length for output in features.outputs if output.size is None},
            {output.name: output.length for output in features.outputs if output.size is not None},
            features.label.name,
            features.label.DTYPE == "float32",
            features.label.weight is not None,
        )

    @property
    def lengths(self) -> dict[str, int]:
        """How many columns each tensor takes, in order."""
        weight = {WEIGHT: 1} if self.is_weighted else {}
        return {**self.numbers, **self.ids, **weight, self.label: 1}

    @property
    def width(self) -> int:
        """How many columns there are."""
        return sum(self.lengths.values())

    def pack(self, batch: pa.RecordBatch) -> Rows:
        """Returns transformed examples as a matrix, without those whose label is not known.

        Raises:
            DataError: a tensor has more or fewer values in a row than its length.
        """
        packed = np.empty((len(batch), self.width), np.int32)
        start = 0
        for name, length in self.lengths.items():
            bits = self._bits(batch, name, length)
            packed[:, start : start + length] = bits.reshape(-1, length)
            start += length
        counts = _values(batch, WEIGHT) > 0
        return packed if counts.all() else packed[counts]

    def unpack(self, rows: Any) -> tuple[Any, ...]:
        """Returns what Keras takes.

        Args:
            rows: an int32 tensor.

        Returns:
            The network's inputs, as `join` returns them; the label, of shape [batch, 1]; and, if
            rows count differently, how much each does.
        """
        lengths = [sum(self.numbers.values()), sum(self.ids.values()), int(self.is_weighted), 1]
        numbers, ids, weight, label = tf.split(rows, lengths, axis=1)
        inputs = {}
        if self.numbers:
            inputs[NUMBERS] = tf.bitcast(numbers, tf.float32)
        if self.ids:
            inputs[IDS] = tf.cast(ids, tf.int64)
        if self.label_is_number:
            label = tf.bitcast(label, tf.float32)
        return inputs, label, *([tf.bitcast(weight, tf.float32)] if self.is_weighted else [])

    def labels(self, rows: Rows) -> np.ndarray:
        """Returns the labels of rows."""
        labels = np.ascontiguousarray(rows[:, -1])
        return labels.view(np.float32) if self.label_is_number else labels

    def _bits(self, batch: pa.RecordBatch, name: str, length: int) -> np.ndarray:
        array = _values(batch, name, length)
        is_number = name in {*self.numbers, WEIGHT} or (name == self.label and self.label_is_number)
        if is_number:
            return array.astype(np.float32, copy=False).view(np.int32)
        return array.astype(np.int32)


def _values(batch: pa.RecordBatch, name: str, length: int = 1) -> np.ndarray:
    place = batch.schema.get_field_index(name)
    values = batch.column(place).flatten() if place >= 0 else pa.nulls(0)
    if len(values) != len(batch) * length:
        raise DataError(
            "transformed examples have as many values of a tensor in each row as it is long",
            allowed=f"{length} of {name!r}",
            received=f"{len(values):,} values of {name!r} in {len(batch):,} rows",
            action="run Transform again",
        )
    array: np.ndarray = values.to_numpy(zero_copy_only=False)
    return array


def read_rows(files: Sequence[str], layout: Layout) -> Iterator[Rows]:
    """Yields the rows of gzipped TFRecords of transformed examples, in their order."""
    for file in files:
        for batch in read_record_batches(file):
            yield layout.pack(batch)


def read_parts(files: Sequence[str], layout: Layout, parts: Sequence[Part]) -> Iterator[list[Rows]]:
    """Yields some rows of each part at a time, as `read_rows` does, from one reading."""
    for file in files:
        for batch in read_record_batches(file):
            yield [layout.pack(part.of(batch)) for part in parts]


def find_files(patterns: Sequence[str]) -> list[str]:
    """Returns the files that TFX's patterns, a folder and a star, stand for."""
    folders = [pattern.rpartition("/")[0] for pattern in patterns]
    return sorted(file for folder in folders for file in list_folder(folder))
