"""CSV files: plain or gzipped, any delimiter and encoding, cut into chunks at rows."""

import codecs
import csv
import dataclasses
import functools
import mmap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

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
from data_ingestion.readers.rows import Rows
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
    """CSV files with a header line each.

    Attributes:
        files: the files.
        dialect: how all of them are written.
    """

    files: Sequence[Path]
    dialect: Dialect = dataclasses.field(default_factory=Dialect)

    def columns(self) -> dict[str, str]:
        """Returns for each column the narrowest type that holds all of its values."""
        types, _ = self._inferred
        return types

    @functools.cached_property
    def _inferred(self) -> tuple[dict[str, str], dict[str, str]]:
        return infer_types(self.chunks())

    def column_names(self) -> dict[str, Sequence[str]]:
        """Returns the header of each file; see `Reader`."""
        return {str(file): read_header(file, self.dialect)[0] for file in self.files}

    def chunks(self) -> list[CsvChunk]:
        """Returns the files, large ones cut; see `Reader`."""
        return [chunk for file in self.files for chunk in _cut(file, self.dialect)]


def read_header(file: Path, dialect: Dialect) -> tuple[tuple[str, ...], int, int]:
    """Reads the first row of a file.

    Returns:
        The columns, where the rows begin, in bytes of the text, and the number of that line.

    Raises:
        DataError: the file is empty or no text, or two columns have one name or one has none.
    """
    with open_text(file, dialect) as stream:
        text = stream.read(LONGEST_ROW)
    mark = len(codecs.BOM_UTF8) if text.startswith(codecs.BOM_UTF8) else 0
    text = text[mark:]
    found = find_rows(text, dialect.delimiter.encode(), final=len(text) < LONGEST_ROW - mark)
    if found.unclosed and (not len(found.starts) or found.unclosed[0][0] < found.starts[0]):
        raise no_rows(file, "a header line whose quote is never closed")
    if not len(found.starts):
        raise no_rows(file, "nothing")
    end = int(found.ends[0])
    first = text[found.starts[0] : end]
    if b"\0" in first:
        raise _not_text(file, "which is binary, compressed or in UTF-16")
    try:
        (names,) = csv.reader([first.decode()], delimiter=dialect.delimiter, strict=False)
    except UnicodeDecodeError as error:
        raise _not_text(file, f"whose header is not {dialect.encoding}") from error
    _check_names(file, names)
    start = end + (2 if text.startswith(b"\r\n", end) else 1)
    if not text[start:].strip():
        raise no_rows(file, "only a header line")
    return tuple(names), mark + start, 1 + count_lines(text, start)


def no_rows(file: Path, content: str) -> DataError:
    """Returns the error of a file without rows."""
    return DataError(
        "a data file must hold a header line and at least one row",
        received=f"{file} with {content}",
        action="check the program that wrote the file",
    )


def _check_names(file: Path, names: Sequence[str]) -> None:
    faults = {name for name in names if not name.strip() or names.count(name) > 1}
    for name in sorted(faults):
        raise DataError(
            "each column must have a name of its own",
            received=f"{file} with the columns {', '.join(names)}",
            action=f"rename the columns called {name!r}" if name.strip() else "name every column",
        )


def _not_text(file: Path, what: str) -> DataError:
    return DataError(
        "a data file must be CSV text in UTF-8, unless the settings name another encoding",
        received=f"{file}, {what}",
        action="convert it to CSV, with a header line, or set data.csv.encoding",
    )


def _cut(file: Path, dialect: Dialect) -> list[CsvChunk]:
    header, start, line = read_header(file, dialect)
    cuts = [(start, line)]
    if file.suffix != ".gz" and is_utf8(dialect) and file.stat().st_size > CHUNK:
        with (
            file.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text,
        ):
            cuts = _find_cuts(text, start, line, dialect.delimiter.encode())
    stops = [*(place for place, _ in cuts[1:]), None]
    return [
        CsvChunk(str(file), header, dialect, place, stop, line)
        for (place, line), stop in zip(cuts, stops, strict=True)
    ]


def _find_cuts(text: mmap.mmap, start: int, line: int, delimiter: bytes) -> list[tuple[int, int]]:
    """Returns byte and line at which each chunk begins; a line end in quotes is no place to cut."""
    cuts = [(start, line)]
    place = start
    while place + CHUNK < len(text):
        piece = text[place : place + CHUNK]
        codes = np.frombuffer(piece, np.uint8)
        quotes = np.flatnonzero(codes == QUOTE[0])
        line_ends = np.flatnonzero(codes == ord("\n"))
        if len(quotes) and not quotes_are_regular(codes, quotes, delimiter):
            return cuts[:1]
        outside = line_ends[np.searchsorted(quotes, line_ends) % 2 == 0]
        if not len(outside):
            return cuts[:1]
        size = int(outside[-1]) + 1
        place += size
        line += int(np.searchsorted(line_breaks(codes), size))
        cuts.append((place, line))
    return cuts
