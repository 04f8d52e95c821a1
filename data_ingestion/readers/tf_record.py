"""TFRecord files of tf.Examples, plain or gzipped; what is written is what was read."""

import dataclasses
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from data_ingestion.readers.arrow_rows import column_kinds, column_names, to_rows, widest_kinds
from data_ingestion.readers.arrow_values import kind_of
from data_ingestion.readers.rows import RejectedRow, Rows, empty_files
from data_ingestion.readers.tf_record_framing import is_empty, read_records
from zeroskew.encoding.tf_example_columns import PADDING, Records, decode_columns
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import

example_coder = lazy_import("tfx_bsl.coders.example_coder")
schema_pb2 = lazy_import("tensorflow_metadata.proto.v0.schema_pb2")

_REFUSED = (RuntimeError, ValueError)
_SHOWN = 1_000


@dataclasses.dataclass(frozen=True)
class TfRecordChunk:
    """One file.

    Attributes:
        source: the file.
    """

    source: str

    def read(self, types: Mapping[str, str]) -> Iterator[Rows]:
        """Reads the records, some ten thousand at a time; see `Chunk`.

        Each batch has all columns of `types`, for each record may have any of them.
        """
        first, is_known = 1, False
        for records in read_records(Path(self.source)):
            batch, faults = _decode(records, types)
            is_known |= bool(faults) or any(one.null_count < len(one) for one in batch.columns)
            yield _to_rows(records, batch, faults, types, self.source, first)
            first += len(records)
        if not is_known:
            raise DataError(
                "the data must have at least one column of the schema",
                allowed=", ".join(types),
                received=f"{self.source} with the columns {', '.join(_columns(self.source))}",
            )

    def count(self) -> None:
        """Returns None: a file of records does not say how many it holds."""


@dataclasses.dataclass(frozen=True)
class TfRecordReader:
    """TFRecord files of tf.Examples; those without rows are passed over.

    Attributes:
        files: the files.
    """

    files: Sequence[Path]

    def columns(self) -> dict[str, str]:
        """Returns for each column the widest kind that it has in any record; see `Reader`."""
        return widest_kinds(
            schema
            for file in self._filled
            for records in read_records(file)
            for schema in _schemas(records)
        )

    def column_names(self) -> dict[str, Sequence[str]]:
        """Returns the columns that the first records of each file have; see `Reader`."""
        return {str(file): _columns(str(file)) for file in self._filled}

    def remarks(self) -> list[str]:
        """Counts files without rows; see `Reader`."""
        return empty_files(len(self.files) - len(self._filled), len(self.files))

    def chunks(self) -> list[TfRecordChunk]:
        """Returns the files; see `Reader`."""
        return [TfRecordChunk(str(file)) for file in self._filled]

    @functools.cached_property
    def _filled(self) -> Sequence[Path]:
        """The files that have rows; all, and reading says so, if none has."""
        return [file for file in self.files if not is_empty(file)] or self.files


def _decoder(types: Mapping[str, str]) -> Any:
    """Returns what decodes these columns, and refuses values of another kind."""
    schema = schema_pb2.Schema()
    for name, kind in types.items():
        schema.feature.add(name=name, type=schema_pb2.FeatureType.Value(kind))
    return example_coder.ExamplesToRecordBatchDecoder(schema.SerializeToString())


def _decode_alike(records: Sequence[bytes]) -> pa.RecordBatch | None:
    """Decodes records that hold the same columns in the same order; None if they do not."""
    ends = np.cumsum([len(record) for record in records], dtype=np.int64)
    starts = np.concatenate([[0], ends[:-1]])
    data = np.frombuffer(b"".join([*records, bytes(PADDING)]), np.uint8)
    return decode_columns(Records(data, starts, ends))


def _decode_all(records: Sequence[bytes]) -> pa.RecordBatch | None:
    """Returns all columns; None if a record is no tf.Example, or two differ in a column's kind."""
    # The way by columns is slow for one row.
    batch = _decode_alike(records) if len(records) > 1 else None
    if batch is not None:
        return batch
    try:
        return example_coder.ExamplesToRecordBatchDecoder().DecodeBatch(list(records))
    except _REFUSED:
        return None


def _select(batch: pa.RecordBatch, types: Mapping[str, str]) -> pa.RecordBatch | None:
    """Returns the columns that are wanted; None if one is of another kind."""
    columns = []
    for name, kind in types.items():
        place = batch.schema.get_field_index(name)
        column = batch.column(place) if place >= 0 else pa.nulls(batch.num_rows)
        if not pa.types.is_null(column.type) and kind_of(column.type.value_type) != kind:
            return None
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, list(types))


def _decode(
    records: list[bytes], types: Mapping[str, str]
) -> tuple[pa.RecordBatch, dict[int, str]]:
    """Decodes records.

    Returns:
        Columns of lists, and for each record that cannot be decoded, by its index, the reason;
        its row is empty.
    """
    alike = _decode_alike(records)
    batch = None if alike is None else _select(alike, types)
    if batch is not None:
        return batch, {}
    decoder = _decoder(types)
    try:
        return decoder.DecodeBatch(records), {}
    except _REFUSED:
        # A decoder that has refused a record spoils the next ones.
        decoder = _decoder(types)
    faults = {}
    for index, record in enumerate(records):
        try:
            decoder.DecodeBatch([record])
        except _REFUSED:
            faults[index] = _why_refused(record, types)
            decoder = _decoder(types)
    fitting = [b"" if index in faults else record for index, record in enumerate(records)]
    return decoder.DecodeBatch(fitting), faults


def _why_refused(record: bytes, types: Mapping[str, str]) -> str:
    batch = _decode_all([record])
    if batch is None:
        return "it is no tf.Example"
    for name, kind in column_kinds(batch.schema).items():
        is_null = pa.types.is_null(batch.schema.field(name).type)
        if kind != types.get(name, kind) and not is_null:
            return f"{name} holds {kind}, not {types[name]}"
    return "it is no tf.Example"


def _schemas(records: Sequence[bytes]) -> Iterator[pa.Schema]:
    """Yields schemas of all records, of as many at once as agree on the columns' kinds."""
    batch = _decode_all(records)
    middle = len(records) // 2
    if batch is not None:
        yield batch.schema
    elif middle:
        yield from _schemas(records[:middle])
        yield from _schemas(records[middle:])


def _columns(file: str) -> list[str]:
    schemas = _schemas(next(read_records(Path(file))))
    return sorted({name for schema in schemas for name in column_names(schema)})


def _to_rows(
    records: Sequence[bytes],
    batch: pa.RecordBatch,
    faults: dict[int, str],
    types: Mapping[str, str],
    source: str,
    first: int,
) -> Rows:
    columns = [_as_values(column) for column in batch.columns]
    plain = pa.RecordBatch.from_arrays(columns, batch.schema.names)
    rows = to_rows(plain, types, source, first_row=0)
    faults = {row.line: row.reason for row in rows.rejected} | faults
    good = ~np.isin(rows.lines, list(faults))
    kept = rows.lines[good]
    return Rows(
        rows.batch.filter(pa.array(good)) if faults else rows.batch,
        first + kept,
        lambda row: _shown(records[kept[row]]),
        [
            RejectedRow(source, first + row, faults[row], _shown(records[row]))
            for row in sorted(faults)
        ],
        examples=pa.array([records[row] for row in kept.tolist()], pa.binary()),
    )


def _as_values(column: pa.Array) -> pa.Array:
    """Returns a column of lists as one of values, if no row has more than one."""
    if pa.types.is_null(column.type):
        return column
    counts = column.value_lengths().fill_null(0).to_numpy()
    if (counts > 1).any():
        return column
    places = np.cumsum(counts) - 1
    return column.flatten().take(pa.array(places, mask=counts == 0))


def _shown(record: bytes) -> str:
    batch = _decode_all([record])
    if batch is None:
        return repr(record[:_SHOWN])
    (values,) = batch.to_pylist()
    return json.dumps(values, default=lambda text: text.decode(errors="backslashreplace"))
