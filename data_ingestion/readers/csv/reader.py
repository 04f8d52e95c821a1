"""CSV files: plain or gzipped, any delimiter and encoding, cut into chunks at rows."""

import dataclasses
import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from data_ingestion.readers.csv.delimiters import SAMPLE, find_delimiter
from data_ingestion.readers.csv.header import Header, no_rows, read_header
from data_ingestion.readers.csv.inference import infer_types
from data_ingestion.readers.csv.parse import Block, Dialect, parse
from data_ingestion.readers.csv.row_ends import (
    LONGEST_ROW,
    QUOTE,
    count_lines,
    find_rows,
    line_breaks,
    quotes_are_regular,
)
from data_ingestion.readers.csv.text import is_utf8, open_text, skip
from data_ingestion.readers.rows import Rows, empty_files
from zeroskew.errors import DataError

BLOCK = 8 * 2**20
"""Bytes that are parsed at once."""
CHUNK = 2 * BLOCK
"""Bytes that one worker reads, where a file can be cut."""


@dataclasses.dataclass(frozen=True)
class CsvChunk:
    """Rows of one file.

    Attributes:
        source: the file.
        header: its columns.
        dialect: how it is written.
        start: where the rows begin, in bytes of the file's text.
        stop: where they end; None for the end of the file.
        line: number of the line at `start`.
    """

    source: str
    header: tuple[str, ...]
    dialect: Dialect
    start: int
    stop: int | None
    line: int

    def read(self, types: Mapping[str, str]) -> Iterator[Rows]:
        """Reads the rows, a block at a time; see `Chunk`."""
        wanted = {name: types[name] for name in self.header if name in types}
        for block in self.blocks():
            yield parse(block, self.header, wanted, self.dialect)

    def count(self) -> None:
        """Returns None: what a row is, only reading tells; `parse` accounts for each it finds."""

    def blocks(self) -> Iterator[Block]:
        """Returns the rows as text, a block at a time."""
        delimiter = self.dialect.delimiter.encode()
        line, rest = self.line, b""
        with open_text(Path(self.source), self.dialect) as stream:
            skip(stream, self.start)
            left = self.stop - self.start if self.stop is not None else None
            while True:
                piece = stream.read(BLOCK if left is None else min(BLOCK, left))
                left = None if left is None else left - len(piece)
                text = rest + piece
                found = find_rows(text, delimiter, final=not piece)
                if found.used:
                    yield Block(self.source, text[: found.used], line, found)
                line += count_lines(text, found.used)
                rest = text[found.used :]
                if not piece:
                    return
                self._check_length(rest, line)

    def _check_length(self, row: bytes, line: int) -> None:
        if len(row) > LONGEST_ROW + BLOCK:
            raise DataError(
                f"a row of CSV may have at most {LONGEST_ROW >> 20} MiB",
                received=f"{self.source}, line {line}: a row of more",
                action="check that the file is CSV, with line ends",
            )


@dataclasses.dataclass(frozen=True)
class CsvReader:
    """CSV files with a header line each; those without rows are passed over.

    Attributes:
        files: the files.
        dialect: how all of them are written.
        finds_delimiter: whether each file's delimiter is found in the file.
    """

    files: Sequence[Path]
    dialect: Dialect = dataclasses.field(default_factory=Dialect)
    finds_delimiter: bool = False

    def columns(self) -> dict[str, str]:
        """Returns for each column the narrowest type that holds all of its values."""
        return dict(self._types)

    @functools.cached_property
    def _types(self) -> dict[str, str]:
        return infer_types(self.chunks())

    def column_names(self) -> dict[str, Sequence[str]]:
        """Returns the header of each file that has rows; see `Reader`."""
        return {str(file): header.names for file, header, _ in self._opened}

    def chunks(self) -> list[CsvChunk]:
        """Returns the files, large ones cut; see `Reader`."""
        return [
            chunk for file, header, dialect in self._opened for chunk in _cut(file, header, dialect)
        ]

    def remarks(self) -> list[str]:
        """Says which delimiters were found, and what was passed over; see `Reader`."""
        found = {dialect.delimiter: file for file, _, dialect in reversed(self._opened)}
        said = [
            f"{file.name}: {delimiter!r} stands between the fields, found in the file; to set it: "
            f"data.csv.delimiter"
            for delimiter, file in sorted(found.items())
            if delimiter != self.dialect.delimiter
        ]
        blanks = {name for _, header, _ in self._opened for name in header.blanks}
        if blanks:
            names = ", ".join(map(repr, sorted(blanks)))
            said.append(f"names of columns are read without the blanks around them: {names}")
        return [*said, *empty_files(len(self.files) - len(self._opened), len(self.files))]

    @functools.cached_property
    def _opened(self) -> list[tuple[Path, Header, Dialect]]:
        """The files that have rows.

        Raises:
            DataError: none has, or one has no usable header.
        """
        dialects = [self._dialect_of(file) for file in self.files]
        headers = [read_header(*one) for one in zip(self.files, dialects, strict=True)]
        opened = list(zip(self.files, headers, dialects, strict=True))
        filled = [one for one in opened if not one[1].lacks]
        for file, header, _ in () if filled else opened:
            raise no_rows(file, header.lacks)
        return filled

    def _dialect_of(self, file: Path) -> Dialect:
        if not self.finds_delimiter:
            return self.dialect
        with open_text(file, self.dialect) as stream:
            text = stream.read(SAMPLE)
        delimiter = find_delimiter(text, whole=len(text) < SAMPLE)
        return dataclasses.replace(self.dialect, delimiter=delimiter)


def _cut(file: Path, header: Header, dialect: Dialect) -> list[CsvChunk]:
    cuts = [(header.start, header.line)]
    if file.suffix != ".gz" and is_utf8(dialect) and file.stat().st_size > CHUNK:
        with file.open("rb") as stream:
            cuts = _find_cuts(stream, header.start, header.line, dialect.delimiter.encode())
    stops = [*(place for place, _ in cuts[1:]), None]
    return [
        CsvChunk(str(file), header.names, dialect, place, stop, line)
        for (place, line), stop in zip(cuts, stops, strict=True)
    ]


def _find_cuts(stream: BinaryIO, start: int, line: int, delimiter: bytes) -> list[tuple[int, int]]:
    """Returns byte and line at which each chunk begins; a line end in quotes is no place to cut."""
    cuts = [(start, line)]
    place, size = start, os.fstat(stream.fileno()).st_size
    while place + CHUNK < size:
        stream.seek(place)
        piece = stream.read(CHUNK)
        codes = np.frombuffer(piece, np.uint8)
        quotes = np.flatnonzero(codes == QUOTE[0])
        line_ends = np.flatnonzero(codes == ord("\n"))
        if len(quotes) and not quotes_are_regular(codes, quotes, delimiter):
            return cuts[:1]
        outside = line_ends[np.searchsorted(quotes, line_ends) % 2 == 0]
        if not len(outside):
            return cuts[:1]
        used = int(outside[-1]) + 1
        place += used
        line += int(np.searchsorted(line_breaks(codes), used))
        cuts.append((place, line))
    return cuts
