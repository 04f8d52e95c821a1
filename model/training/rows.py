"""Transformed rows as one matrix: as small as they get, and quick to pick from."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.graph_names import graph_name
from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.errors import DataError
from zeroskew.files import list_folder
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

Rows = np.ndarray
"""int32 of shape [rows, columns]: numbers by their bits, ids, and last the label."""


@dataclasses.dataclass(frozen=True)
class Layout:
    """What the columns of the matrix are.

    Attributes:
        numbers: names of float32 tensors.
        ids: names of int64 tensors, whose values fit into 32 bits.
        label: the label's name.
    """

    numbers: Sequence[str]
    ids: Sequence[str]
    label: str

    @classmethod
    def of(cls, features: FeatureSet) -> "Layout":
        """Returns the layout for a feature list."""
        return cls(
            [output.name for output in features.outputs if output.size is None],
            [output.name for output in features.outputs if output.size is not None],
            features.label.name,
        )

    @property
    def names(self) -> list[str]:
        """The columns, in order."""
        return [*self.numbers, *self.ids, self.label]

    def pack(self, batch: pa.RecordBatch) -> Rows:
        """Returns transformed examples as a matrix.

        Raises:
            DataError: a column has more or fewer than one value in each row.
        """
        packed = np.empty((len(batch), len(self.names)), np.int32)
        for place, name in enumerate(self.names):
            packed[:, place] = self._bits(batch, name)
        return packed

    def unpack(self, rows: Any) -> tuple[dict[str, Any], Any]:
        """Returns what the network takes, and the label, from an int32 tensor.

        Returns:
            Tensors of shape [batch, 1] by graph name; and one more.
        """
        columns = tf.split(rows, len(self.names), axis=1)
        numbers = [tf.bitcast(column, tf.float32) for column in columns[: len(self.numbers)]]
        ids = [tf.cast(column, tf.int64) for column in columns[len(self.numbers) : -1]]
        names = map(graph_name, self.names[:-1])
        return dict(zip(names, [*numbers, *ids], strict=True)), columns[-1]

    def _bits(self, batch: pa.RecordBatch, name: str) -> np.ndarray:
        place = batch.schema.get_field_index(name)
        values = batch.column(place).flatten() if place >= 0 else pa.nulls(0)
        if len(values) != len(batch):
            raise DataError(
                "transformed examples have one value of each tensor in each row",
                received=f"{len(values):,} values of {name!r} in {len(batch):,} rows",
                action="run Transform again",
            )
        array = values.to_numpy(zero_copy_only=False)
        if name in self.numbers:
            return array.astype(np.float32, copy=False).view(np.int32)
        return array.astype(np.int32)


def read_rows(files: Sequence[str], layout: Layout) -> Iterator[Rows]:
    """Yields the rows of gzipped TFRecords of transformed examples, in their order."""
    for file in files:
        for batch in read_record_batches(file):
            yield layout.pack(batch)


def find_files(patterns: Sequence[str]) -> list[str]:
    """Returns the files that TFX's patterns, a folder and a star, stand for."""
    folders = [pattern.rpartition("/")[0] for pattern in patterns]
    return sorted(file for folder in folders for file in list_folder(folder))
