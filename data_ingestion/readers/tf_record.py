"""TFRecord files of tf.Examples, plain or gzipped; what is written is what was read."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from isal import igzip, isal_zlib

from data_ingestion.arrow_rows import column_kinds, to_rows
from data_ingestion.rows import RejectedRow, Rows
from data_ingestion.tf_record import FOOTER, HEADER, checksum
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import

example_coder = lazy_import("tfx_bsl.coders.example_coder")

RECORDS = 50_000
"""Records that are decoded at once."""
LONGEST = 2**31
"""Bytes that a record may have."""

_BROKEN: Any = isal_zlib.error
_WIDTH = ("INT", "FLOAT", "BYTES")
_SHOWN = 1_000


@dataclasses.dataclass(frozen=True)
class TfRecordChunk:
    """One file.

    Attributes:
        source: the file.
    """

    source: str

    def read(self, types: Mapping[str, str]) -> Iterator[Rows]:
        """Reads the records, some ten thousand at a time; see `Chunk`."""
        first = 1
        for records in read_records(Path(self.source)):
            done = 0
            for count, batch in _decode(records):
                mine = records[done : done + count]
                yield _to_rows(mine, batch, types, self.source, first + done)
                done += count
            first += done

    def count(self) -> None:
        """Returns None: a file of records does not say how many it holds."""


@dataclasses.dataclass(frozen=True)
class TfRecordReader:
    """TFRecord files of tf.Examples.

    Attributes:
        files: the files.
    """

    files: Sequence[Path]

    def columns(self) -> dict[str, str]:
        """Returns for each column the widest kind that it has in any record; see `Reader`."""
        found: dict[str, str] = {}
        for file in self.files:
            for records in read_records(file):
                for _, batch in _decode(records):
                    for name, kind in column_kinds(batch.schema if batch else []).items():
                        found[name] = max(found.get(name, kind), kind, key=_WIDTH.index)
        return found

    def column_names(self) -> dict[str, Sequence[str]]:
        """Returns the columns that the first records of each file have; see `Reader`."""
        return {str(file): _first_columns(file) for file in self.files}

    def chunks(self) -> list[TfRecordChunk]:
        """Returns the files; see `Reader`."""
        return [TfRecordChunk(str(file)) for file in self.files]


def read_records(file: Path) -> Iterator[list[bytes]]:
    """Reads a TFRecord file and proves its checksums.

    Raises:
        DataError: it is cut off, damaged or no TFRecord file.
    """
    number, records = 0, []
    with file.open("rb") as raw:
        is_zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream: Any = igzip.IGzipFile(fileobj=raw, mode="rb") if is_zipped else raw
        try:
            while header := stream.read(HEADER):
                number += 1
                records.append(_read_record(stream, header))
                if len(records) == RECORDS:
                    yield records
                    records = []
        except (EOFError, OSError, _BROKEN, _DamagedError) as error:
            raise DataError(
                "a TFRecord file must be whole",
                received=f"{file}, record {number}: {error}",
                action="copy or write it again",
            ) from error
    if not number:
        raise DataError(
            "a data file must hold at least one row",
            received=f"{file} with nothing",
            action="check the program that wrote the file",
        )
    if records:
        yield records


class _DamagedError(Exception):
    """What is wrong with a record."""


def _read_record(stream: Any, header: bytes) -> bytes:
    size = int.from_bytes(header[:8], "little")
    if len(header) < HEADER:
        raise _DamagedError("it is cut off")
    if checksum(header[:8]) != header[8:]:
        raise _DamagedError("the checksum of its length is wrong")
    if size > LONGEST:
        raise _DamagedError(f"it has {size:,} bytes")
    body = stream.read(size + FOOTER)
    if len(body) < size + FOOTER:
        raise _DamagedError("it is cut off")
    record = bytes(body[:size])
    if checksum(record) != body[size:]:
        raise _DamagedError("its checksum is wrong")
    return record


def _first_columns(file: Path) -> list[str]:
    pieces = _decode(next(read_records(file)))
    return sorted({name for _, batch in pieces if batch for name in batch.schema.names})


def _decode(records: Sequence[bytes]) -> Iterator[tuple[int, pa.RecordBatch | None]]:
    """Decodes tf.Examples to columns of lists, all at once if they agree on the columns' kinds.

    Yields:
        How many records, and their columns; None for one record that is no tf.Example.
    """
    try:
        batch = example_coder.ExamplesToRecordBatchDecoder().DecodeBatch(list(records))
    except (RuntimeError, ValueError):
        if len(records) == 1:
            yield 1, None
            return
        middle = len(records) // 2
        yield from _decode(records[:middle])
        yield from _decode(records[middle:])
    else:
        yield len(records), batch


def _to_rows(
    records: Sequence[bytes],
    batch: pa.RecordBatch | None,
    types: Mapping[str, str],
    source: str,
    first: int,
) -> Rows:
    if batch is None:
        reason = "it is no tf.Example"
        rejected = [RejectedRow(source, first, reason, repr(records[0][:_SHOWN]))]
        return Rows(pa.RecordBatch.from_pylist([]), np.empty(0, np.int64), str, rejected)
    faults = _other_kinds(batch, types)
    fitting = np.array([row for row in range(len(records)) if row not in faults], np.int64)
    columns = {
        name: _as_values(column)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
        if name in types
    }
    mine = pa.RecordBatch.from_arrays(list(columns.values()), list(columns))
    rows = to_rows(mine.take(pa.array(fitting)), types, source, first_row=0)
    faults |= {int(fitting[row.line]): row.reason for row in rows.rejected}
    kept = fitting[rows.lines]
    return Rows(
        rows.batch,
        first + kept,
        lambda row: _shown(batch, int(kept[row])),
        [
            RejectedRow(source, first + row, faults[row], _shown(batch, row))
            for row in sorted(faults)
        ],
        examples=pa.array([records[row] for row in kept], pa.binary()),
    )


def _other_kinds(batch: pa.RecordBatch, types: Mapping[str, str]) -> dict[int, str]:
    """Returns for each row with values of another kind than the schema's what is wrong."""
    faults: dict[int, str] = {}
    for name, kind in column_kinds(batch.schema).items():
        column = batch.column(batch.schema.get_field_index(name))
        if kind == types.get(name, kind) or pa.types.is_null(column.type):
            continue
        for row in np.flatnonzero(column.value_lengths().fill_null(0).to_numpy()):
            faults.setdefault(int(row), f"{name} holds {kind}, not {types[name]}")
    return faults


def _as_values(column: pa.Array) -> pa.Array:
    """Returns a column of lists as one of values, if no row has more than one."""
    if pa.types.is_null(column.type):
        return column
    counts = column.value_lengths().fill_null(0).to_numpy()
    if (counts > 1).any():
        return column
    places = np.cumsum(counts) - 1
    return column.flatten().take(pa.array(places, mask=counts == 0))


def _shown(batch: pa.RecordBatch, row: int) -> str:
    (values,) = batch.slice(row, 1).to_pylist()
    return json.dumps(values, default=lambda text: text.decode(errors="backslashreplace"))
