"""Raw rows as tf.Transform wants them: record batches of the schema's columns, in its types."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow_transform as tft
from tfx_bsl.public.tfxio import TFExampleBeamRecord

from model.feature_engineering.columns import columns_of
from model.feature_engineering.vector_versions import VectorVersion
from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.errors import DataError

PreprocessingFn = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class RawBatches:
    """Reads files of tf.Examples for a preprocessing_fn.

    What the columns look like is left to TFX's own reader, for a schema that it knows; only the
    reading itself is ours.

    Args:
        schema: a `schema_pb2.Schema`.
        preprocessing_fn: the columns that it does not use are not read.
        versions: of which version vectors must be.
    """

    def __init__(
        self,
        schema: Any,
        preprocessing_fn: PreprocessingFn,
        versions: Sequence[VectorVersion] = (),
    ) -> None:
        self._versions = versions
        everything = TFExampleBeamRecord(
            physical_format="inmemory", telemetry_descriptors=["zeroskew"], schema=schema
        )
        specs = everything.TensorAdapter().OriginalTypeSpecs()
        used = tft.get_transform_input_columns(preprocessing_fn, specs)
        self._format = everything.Project(sorted(used))
        self._schema = self._format.ArrowSchema()
        lengths = {name: column.length for name, column in columns_of(schema).items()}
        self._vectors = {
            name: length
            for name in self._schema.names
            if (length := lengths[name]) is not None and length > 1
        }
        self.adapter_config = self._format.TensorAdapterConfig()

    def read(self, file: str) -> Iterator[pa.RecordBatch]:
        """Yields the rows of a file, some ten thousand at a time.

        Raises:
            DataError: a column is not of the schema's type, a vector is not of its length, not
                finite or of another version, or the file is damaged.
        """
        for batch in read_record_batches(file):
            columns = [_column(batch, field, file) for field in self._schema]
            rows = pa.RecordBatch.from_arrays(columns, schema=self._schema)
            for name, length in self._vectors.items():
                _require_vectors(rows.column(name), name, length, file)
            for version in self._versions:
                _require_version(rows, version, file)
            yield rows

    def tensors(self) -> Callable[[pa.RecordBatch], dict[str, Any]]:
        """Returns what makes tensors of rows; each thread needs one of its own."""
        adapter = self._format.TensorAdapter()
        return lambda batch: adapter.ToBatchTensors(batch)


def _column(batch: pa.RecordBatch, field: pa.Field, file: str) -> pa.Array:
    place = batch.schema.get_field_index(field.name)
    column = batch.column(place) if place >= 0 else pa.nulls(len(batch))
    if pa.types.is_null(column.type):
        return pa.nulls(len(batch), field.type)
    if _kind(column.type.value_type) != _kind(field.type.value_type):
        raise DataError(
            "tf.Examples must have the types of the schema",
            allowed=f"column {field.name!r} holds {_kind(field.type.value_type)}",
            received=f"{_kind(column.type.value_type)} in {file}",
            action="correct the type in the schema, and run again",
        )
    return column.cast(field.type)


def _require_vectors(column: pa.Array, name: str, length: int, file: str) -> None:
    """Checks what the graph would refuse as well, but without a word about the rows."""
    lengths = column.value_lengths().fill_null(0).to_numpy()
    others = lengths[(lengths > 0) & (lengths != length)]
    broken = 0
    if not len(others):
        finite = np.isfinite(column.flatten().to_numpy(zero_copy_only=False)).reshape(-1, length)
        # A vector without any number is a missing one.
        broken = int(np.count_nonzero(finite.any(axis=1) & ~finite.all(axis=1)))
    if len(others) or broken:
        raise DataError(
            f"the column {name!r} takes vectors of {length} finite numbers",
            received=f"{len(others):,} of other lengths, such as {others[0]}, in {file}"
            if len(others)
            else f"{broken:,} with numbers that are NaN or infinite, in {file}",
            action="correct the data, or the column's value_count in the schema",
        )


def _require_version(rows: pa.RecordBatch, version: VectorVersion, file: str) -> None:
    others = version.others(rows)
    if len(others):
        said = ", ".join(sorted({version.said(rows, row) for row in others[:1_000].tolist()})[:3])
        raise DataError(
            f"the column {version.column!r} says of which version each vector in "
            f"{version.vector!r} is, and no others are mixed with them",
            allowed=f"{version.version!r}, the version in the feature list",
            received=f"{said} in {len(others):,} of {rows.num_rows:,} rows, in {file}",
            action="embed these rows with that version; or keep them aside by a row rule such as "
            f"{version.column} = '{version.version}'",
        )


def _kind(type_: pa.DataType) -> str:
    if pa.types.is_floating(type_):
        return "FLOAT"
    return "INT" if pa.types.is_integer(type_) else "BYTES"
