"""The records of a TFRecord file, plain or gzipped, each proven by its checksums."""

import contextlib
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from isal import igzip, isal_zlib

from zeroskew.encoding.binary_arrays import data
from zeroskew.encoding.tf_record import FOOTER, HEADER, checksum, frame_records
from zeroskew.errors import DataError

RECORDS = 50_000
"""Records that are handed on at once, where they are not long."""
BYTES = 64 * 2**20
"""Bytes of records after which they are handed on."""
BLOCK = 2**20
"""Bytes that are read at once."""
LONGEST = 2**30
"""Bytes that a record may have."""

_ZIPPED = b"\x1f\x8b"
_BROKEN: Any = isal_zlib.error


class _DamagedError(Exception):
    """What is wrong with a record."""


def read_records(file: Path) -> Iterator[list[bytes]]:
    """Reads a TFRecord file, some ten thousand records at a time.

    Raises:
        DataError: it is empty, cut off, damaged or no TFRecord file.
    """
    number, size = 0, 0
    records: list[bytes] = []
    with _open(file) as stream:
        try:
            for record in _records(stream):
                number += 1
                size += len(record)
                records.append(record)
                if len(records) == RECORDS or size >= BYTES:
                    yield records
                    records, size = [], 0
        except (EOFError, OSError, _BROKEN, _DamagedError) as error:
            raise DataError(
                "a TFRecord file must be whole",
                received=f"{file}, record {number + 1}: {error}",
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


def is_empty(file: Path) -> bool:
    """Tells whether a file holds nothing, not even something damaged."""
    try:
        with _open(file) as stream:
            return not stream.read(1)
    except (EOFError, OSError, _BROKEN):
        return False


@contextlib.contextmanager
def _open(file: Path) -> Iterator[Any]:
    with file.open("rb") as raw:
        start = raw.read(HEADER)
        raw.seek(0)
        # The length of a record may begin like a gzipped file.
        if start.startswith(_ZIPPED) and checksum(start[:8]) != start[8:]:
            with igzip.IGzipFile(fileobj=raw, mode="rb") as stream:
                yield stream
        else:
            yield raw


def _records(stream: Any) -> Iterator[bytes]:
    text, missing = b"", HEADER
    while piece := _read(stream, missing):
        text += piece
        records, missing = _cut(text)
        used = sum(map(len, records)) + len(records) * (HEADER + FOOTER)
        yield from _prove(records, text[:used])
        text = text[used:]
        if not missing:
            raise _DamagedError(_fault(text[:HEADER]))
    if text:
        raise _DamagedError("it is cut off")


def _read(stream: Any, least: int) -> bytes:
    """Reads a block, and more if it takes more for so many bytes; fewer at the end."""
    pieces: list[bytes] = []
    while least > 0 and (piece := stream.read1(max(BLOCK, least))):
        pieces.append(piece)
        least -= len(piece)
    return b"".join(pieces)


def _cut(text: bytes) -> tuple[list[bytes], int]:
    """Returns the whole records at the start of a text, and the bytes that the next one lacks.

    These are 0 if its header is wrong.
    """
    records: list[bytes] = []
    place = 0
    while len(header := text[place : place + HEADER]) == HEADER:
        if _fault(header):
            return records, 0
        stop = place + HEADER + int.from_bytes(header[:8], "little")
        if stop + FOOTER > len(text):
            return records, stop + FOOTER - len(text)
        records.append(text[place + HEADER : stop])
        place = stop + FOOTER
    return records, HEADER - len(header)


@functools.lru_cache(maxsize=4096)
def _fault(header: bytes) -> str:
    """Returns what is wrong with the header of a record; empty if nothing is."""
    if checksum(header[:8]) != header[8:]:
        return "the checksum of its length is wrong"
    size = int.from_bytes(header[:8], "little")
    return f"it has {size:,} bytes" if size > LONGEST else ""


def _prove(records: Sequence[bytes], text: bytes) -> Iterator[bytes]:
    """Yields the records, up to the first that is not what was written.

    Args:
        records: the records.
        text: the same as they stand in the file; writing them must give it.
    """
    if bytes(data(frame_records(pa.array(records, pa.binary()), records))) == text:
        yield from records
        return
    end = 0
    for record in records:
        end += HEADER + len(record) + FOOTER
        if checksum(record) != text[end - FOOTER : end]:
            raise _DamagedError("its checksum is wrong")
        yield record
