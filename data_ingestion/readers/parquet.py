"""Parquet files, cut into chunks at row groups, and within large ones."""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_ingestion.arrow_rows import column_kinds, column_names, to_rows
from data_ingestion.rows import Rows
from zeroskew.errors import DataError

CHUNK = 200_000
"""Rows that one worker reads, where row groups are not much smaller."""
MOST_CUTS = 8
"""Parts of a row group at most: each part reads those before it, and throws them away."""
BATCH = 65_536
"""Rows that are read at once."""

_WIDTH = ("INT", "FLOAT", "BYTES")


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
            batches = file.iter_batches(BATCH, self.row_groups, wanted, use_threads=False)
        row = self.first_row
        for batch in self._mine(batches):
            yield to_rows(batch, types, self.source, row)
            row += batch.num_rows

    def count(self) -> int:
        """Returns the rows that the file says it holds here."""
        return self.rows

    def _mine(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        place, stop = 0, self.skipped + self.rows
        while place < stop:
            with _explained(self.source, self.row_groups):
                batch = next(batches)
            start = max(self.skipped - place, 0)
            mine = batch.slice(start, stop - place - start)
            place += batch.num_rows
            if mine.num_rows:
                yield mine


@dataclasses.dataclass(frozen=True)
class ParquetReader:
    """Parquet files; a column may have another type in each, if all fit the schema's.

    Attributes:
        files: the files.
    """

    files: Sequence[Path]

    def columns(self) -> dict[str, str]:
        """Returns for each column the kind that its type becomes; see `Reader`."""
        found: dict[str, str] = {}
        for file in self.files:
            for name, kind in column_kinds(_open(file).schema_arrow).items():
                found[name] = max(found.get(name, kind), kind, key=_WIDTH.index)
        return found

    def column_names(self) -> dict[str, Sequence[str]]:
        """Returns the columns of each file; see `Reader`."""
        return {str(file): column_names(_open(file).schema_arrow) for file in self.files}

    def chunks(self) -> list[ParquetChunk]:
        """Returns the files, large ones cut; see `Reader`."""
        return [chunk for file in self.files for chunk in _cut(file)]


def _open(file: Path) -> pq.ParquetFile:
    with _explained(str(file)):
        opened = pq.ParquetFile(str(file), memory_map=True)
    names = column_names(opened.schema_arrow)
    for name in names:
        if names.count(name) > 1:
            raise DataError(
                "each column must have a name of its own",
                received=f"{file} with the columns {', '.join(names)}",
                action=f"rename the columns called {name!r}",
            )
    return opened


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
    except (pa.ArrowException, OSError, StopIteration) as error:
        where = f", row group {', '.join(map(str, row_groups))}" if row_groups else ""
        raise DataError(
            "a Parquet file must be whole, and readable by Arrow",
            received=f"{file}{where}: {' '.join(str(error).split()) or 'rows are missing'}",
            action="copy or write it again",
        ) from error
