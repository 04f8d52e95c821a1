"""TFRecord files of tf.Examples, read as record batches of list columns."""

import gzip
import struct
from collections.abc import Iterator
from typing import cast

import numpy as np
import pyarrow as pa
from isal import igzip, igzip_lib
from tfx_bsl.coders import example_coder

from zeroskew.encoding.tf_example_columns import PADDING, Records, decode_columns
from zeroskew.errors import DataError
from zeroskew.files import open_to_read

BLOCK = 16 * 2**20
"""Uncompressed bytes that are decoded at once. Fewer keep threads waiting for Python's lock, more
take longer to reach in memory."""

_HEADER = 12
"""Bytes before a record: its length and the checksum of it."""
_FOOTER = 4
"""Bytes behind a record: its checksum."""
_LENGTH = struct.Struct("<Q").unpack_from

_DAMAGE = (EOFError, gzip.BadGzipFile, cast(type[Exception], igzip_lib.IsalError))


def read_record_batches(path: str) -> Iterator[pa.RecordBatch]:
    """Reads a gzipped TFRecord file, some ten thousand tf.Examples at a time.

    The checksum of gzip is verified; those of TFRecord, which cover the same bytes, are not.

    Raises:
        DataError: the file is cut off or damaged.
    """
    with open_to_read(path) as raw, igzip.IGzipFile(fileobj=raw, mode="rb") as stream:
        memory, filled = bytearray(BLOCK + PADDING), 0
        while read := _fill(stream, memory, filled, path):
            filled += read
            records, end = _find_records(memory, filled)
            if end:
                yield _decode(records)
                filled -= end
                memory[:filled] = memory[end : end + filled]
            elif filled + PADDING == len(memory):
                memory = memory + bytes(len(memory))
    if filled:
        raise _damaged(path, f"{filled:,} bytes at its end that are no whole record")


def _fill(stream: igzip.IGzipFile, memory: bytearray, filled: int, path: str) -> int:
    """Reads into the memory, up to the padding at its end; returns how many bytes."""
    try:
        return stream.readinto(memoryview(memory)[filled:-PADDING])
    except _DAMAGE as error:
        raise _damaged(path, str(error)) from error


def _find_records(memory: bytearray, filled: int) -> tuple[Records, int]:
    """Returns the whole records that the memory begins with, and where they end."""
    around = _HEADER + _FOOTER
    place, last = 0, filled - around
    bounds = [place]
    while place <= last:
        place += around + _LENGTH(memory, place)[0]
        bounds.append(place)
    if place > filled:
        bounds.pop()
    edges = np.array(bounds, np.int64)
    data = np.frombuffer(memory, np.uint8)
    return Records(data, edges[:-1] + _HEADER, edges[1:] - _FOOTER), bounds[-1]


def _decode(records: Records) -> pa.RecordBatch:
    batch = decode_columns(records)
    if batch is not None:
        return batch
    return example_coder.ExamplesToRecordBatchDecoder().DecodeBatch(records.values())


def _damaged(path: str, received: str) -> DataError:
    return DataError(
        "a file of examples must be a whole gzipped TFRecord file",
        received=f"{path}: {received}",
        action="run the step again that wrote it",
    )
