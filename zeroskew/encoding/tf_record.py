"""The TFRecord format, written by the batch.

https://www.tensorflow.org/tutorials/load_data/tfrecord: each record is its length (8 bytes), the
masked CRC-32C of the length, the record, and the masked CRC-32C of the record.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

import google_crc32c
import numpy as np
import pyarrow as pa
from isal import igzip

from zeroskew.encoding.binary_arrays import by_size, join, sizes
from zeroskew.files import open_to_write

LEVEL = 1
"""Of gzip. Higher ones cost more time than they save bytes, here."""

HEADER = 12
"""Bytes before a record: its length and the checksum of it."""
FOOTER = 4
"""Bytes behind a record: its checksum."""

_MASK = 0xA282EAD8


def frame_records(records: pa.Array, values: Sequence[bytes]) -> pa.Array:
    """Returns each record as it stands in a TFRecord file.

    Args:
        records: binary array of the records.
        values: the same records.
    """
    checksums = np.fromiter(map(google_crc32c.value, values), np.uint32, len(records))
    footers = pa.py_buffer(_masked(checksums).astype("<u4"))
    return join(
        by_size(sizes(records), _header),
        records,
        pa.Array.from_buffers(pa.binary(4), len(records), [None, footers]).cast(pa.binary()),
    )


@contextlib.contextmanager
def gzip_writer(path: str) -> Iterator[BinaryIO]:
    """Opens a gzipped file for writing, wherever `path` leads."""
    with (
        open_to_write(path) as raw,
        igzip.IGzipFile(fileobj=raw, mode="wb", compresslevel=LEVEL, mtime=0) as out,
    ):
        yield cast(BinaryIO, out)


def checksum(data: bytes) -> bytes:
    """Returns the masked CRC-32C, as it stands in a file."""
    return _masked(np.array([google_crc32c.value(data)], np.uint32)).astype("<u4").tobytes()


def _header(size: int) -> bytes:
    length = size.to_bytes(8, "little")
    return length + checksum(length)


def _masked(checksums: np.ndarray) -> np.ndarray:
    rotated = (checksums >> np.uint32(15)) | (checksums << np.uint32(17))
    return rotated + np.uint32(_MASK)
