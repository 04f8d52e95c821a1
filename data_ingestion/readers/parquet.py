"""Parquet files, cut into chunks at row groups, and within large ones."""

import contextlib
import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_ingestion.readers.arrow_rows import (
    column_names,
    to_rows,
    unfit_columns,
    value_types,
    values_of,
    widest_kinds,
)
from data_ingestion.readers.rows import Rows, empty_files, left_out
from zeroskew.cell_types import CellType
from zeroskew.errors import DataError

CHUNK = 200_000
"""Rows that one worker reads, where row groups are not much smaller."""
MOST_CUTS = 8
"""Parts of a row group at most: each part reads those before it, and throws them away."""
BATCH = 65_536
"""Rows that are read at once, where they are not long."""
BATCH_BYTES = 64 * 2**20
"""Bytes that are read at once, if values do not repeat."""

_UNREADABLE = (pa.ArrowException, OSError, StopIteration)


@dataclasses.dataclass(frozen=True)
class ParquetChunk:
    """Rows of one row group, or all rows of several.

    Attributes:
        source: the file.
        row_groups: the row groups.
        first_row: number of the first row in the file, from 1.
        skipped: rows of the row groups that come before.
        rows: how many it holds.
    """

    source: str
    row_groups: tuple[int, ...]
    first_row: int
    skipped: int
    rows: int

    def read(self, types: Mapping[str, str]) -> Iterator[Rows]:
        """Reads the columns that are wanted, and no others, a batch at a time; see `Chunk`."""
        with _explained(self.source, self.row_groups):
            file = pq.ParquetFile(self.source, memory_map=True)
        wanted = [name for name in column_names(file.schema_arrow) if name in types]
        row = self.first_row
        for batch in self._mine(file, wanted):
            yield to_rows(batch, types, self.source, row)
            row += batch.num_rows

    def count(self) -> int:
        """Returns the rows that the file says it holds here."""
        return self.rows

    def _mine(self, file: pq.ParquetFile, wanted: list[str]) -> Iterator[pa.RecordBatch]:
        size = _rows_at_once(file.metadata, self.row_groups)
        batches = file.iter_batches(size, self.row_groups, wanted, use_threads=False)
        place, stop = 0, self.skipped + self.rows
        while place < stop:
            try:
                batch = next(batches)
            except _UNREADABLE as error:
                with _explained(self.source, _first_damaged(file, self.row_groups, wanted)):
                    raise error
            start = max(self.skipped - place, 0)
            mine = batch.slice(start, stop - place - start)
            place += batch.num_rows
            if mine.num_rows:
                yield mine


@dataclasses.dataclass(frozen=True)
class ParquetReader:
    """Parquet files; those without rows are passed over.

    A column may have another type in each, if all fit the schema's.

    Attributes:
        files: the files.
    """

    files: Sequence[Path]

    def columns(self) -> dict[str, str]:
        """Returns for each column the kind that its types become; see `Reader`."""
        found = widest_kinds(_open(file).schema_arrow for file in self._filled)
        as_text = CellType("BYTES", (), "whole numbers beyond 64 bits, which numbers would lose")
        return {**found, **dict.fromkeys(self._too_large, as_text)}

    @functools.cached_property
    def _too_large(self) -> set[str]:
        """Columns of whole numbers of which one is beyond the 64 bits that have a sign."""
        return {name for file in self._filled for name in _too_large(file)}

    def column_names(self) -> dict[str, Sequence[str]]:
        """Returns the columns of each file; see `Reader`."""
        return {str(file): column_names(_open(file).schema_arrow) for file in self._filled}

    def remarks(self) -> list[str]:
        """Names columns that are left out, and counts files without rows; see `Reader`."""
        schemas = [_open(file).schema_arrow for file in self._filled]
        columns = {
            name: str(data_type) for schema in schemas for name, data_type in unfit_columns(schema)
        }
        empty = len(self.files) - len(self._filled)
        return [*left_out(columns), *empty_files(empty, len(self.files))]

    @functools.cached_property
    def _filled(self) -> Sequence[Path]:
        """The files that have rows.

        Raises:
            DataError: none has.
        """
        filled = [one for one in self.files if one.stat().st_size and _open(one).metadata.num_rows]
        if not filled:
            for file in self.files:
                _open(file)
            raise _nothing(f"{', '.join(map(str, self.files))} with no rows")
        return filled

    def chunks(self) -> list[ParquetChunk]:
        """Returns the files, large ones cut; one without rows has no part. See `Reader`."""
        return [chunk for file in self._filled for chunk in _cut(file)]


def _open(file: Path) -> pq.ParquetFile:
    with _explained(str(file)):
        opened = pq.ParquetFile(str(file), memory_map=True)
    names = column_names(opened.schema_arrow)
    if not names:
        raise _nothing(f"{file} with no columns")
    for name in names:
        if not name.strip() or names.count(name) > 1:
            raise DataError(
                "each column must have a name of its own",
                received=f"{file} with the columns {', '.join(names)}",
                action=f"rename the columns called {name!r}" if name.strip() else "name each",
            )
    return opened


def _too_large(file: Path) -> Iterator[str]:
    opened = _open(file)
    wanted = [
        name
        for name, data_type in value_types(opened.schema_arrow)
        if pa.types.is_uint64(data_type) and opened.num_row_groups
    ]
    for name in wanted:
        with _explained(str(file)):
            for batch in opened.iter_batches(BATCH, columns=[name], use_threads=False):
                largest = pc.max(values_of(batch, name)).as_py()
                if largest is not None and largest >= 2**63:
                    yield name
                    break


def _nothing(what: str) -> DataError:
    return DataError(
        "a data file must hold at least one column and one row",
        received=what,
        action="check the program that wrote the file",
    )


def _rows_at_once(metadata: pq.FileMetaData, row_groups: Sequence[int]) -> int:
    """Returns how many rows are read at once, of which each may be long."""
    # Arrow ends the process where the metadata of a single column is encrypted.
    groups = [metadata.row_group(number) for number in row_groups]
    rows = sum(group.num_rows for group in groups)
    size = sum(group.total_byte_size for group in groups)
    return max(1, min(BATCH, BATCH_BYTES * rows // max(size, 1)))


def _first_damaged(
    file: pq.ParquetFile, row_groups: Sequence[int], wanted: list[str]
) -> Sequence[int]:
    """Returns the first row group that cannot be read, or all if each can."""
    for group in row_groups:
        try:
            for _ in file.iter_batches(BATCH, [group], wanted, use_threads=False):
                pass
        except _UNREADABLE:
            return [group]
    return row_groups


def _cut(file: Path) -> Iterator[ParquetChunk]:
    metadata = _open(file).metadata
    sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    groups: list[int] = []
    first_row, rows = 1, 0
    for number, size in enumerate(sizes):
        groups.append(number)
        rows += size
        if number + 1 == len(sizes) or rows + sizes[number + 1] > CHUNK:
            yield from _cut_groups(str(file), tuple(groups), first_row, rows)
            groups, first_row, rows = [], first_row + rows, 0


def _cut_groups(
    file: str, groups: tuple[int, ...], first_row: int, rows: int
) -> Iterator[ParquetChunk]:
    parts = min(-(-rows // CHUNK), MOST_CUTS) or 1
    size = -(-rows // parts) or 1
    for start in range(0, rows, size):
        yield ParquetChunk(file, groups, first_row + start, start, min(size, rows - start))


@contextlib.contextmanager
def _explained(file: str, row_groups: Sequence[int] = ()) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        where = f", row group {', '.join(map(str, row_groups))}" if row_groups else ""
        raise DataError(
            "a Parquet file must be whole, and readable by Arrow",
            received=f"{file}{where}: {' '.join(str(error).split()) or 'rows are missing'}",
            action="copy or write it again",
        ) from error
