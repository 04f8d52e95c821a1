"""Vectors written part by part, so that whoever was killed goes on where the last part ends."""

import contextlib
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from model.serving.batch.files import repeating
from zeroskew.files import appearing, write_atomically
from zeroskew.lazy import lazy_import

pq = lazy_import("pyarrow.parquet")

_PART_ROWS = 65_536
_PART_BYTES = 64 * 2**20
_PART_SECONDS = 30.0
"""A part is written once one of these is reached: what is lost at most."""
_NAME = re.compile(r"part-(\d+)-(\d+)\.parquet")
_IDENTITY = "made-of"


class Parts:
    """A folder of parts; they are of the same rows, in their order, or are made anew.

    Usage::

        parts = Parts(folder, "digest of rows and model")
        for end, batch in rows_from(parts.taken):
            parts.add(batch, end)
        parts.flush()
        for batch in parts.read():
            ...
        parts.remove()

    Args:
        folder: of this process alone.
        identity: what the vectors are made of; parts of something else are removed.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder = folder
        marker = folder / _IDENTITY
        if not marker.exists() or marker.read_text(encoding="utf-8") != identity:
            shutil.rmtree(folder, ignore_errors=True)
            write_atomically(marker, identity)
        self.taken = self._end()
        """Rows that need not be read again: those that the parts were made of."""
        self._begun_at = self.taken
        # Each with its end: whoever is interrupted between two lines can still flush.
        self._waiting: list[tuple[pa.RecordBatch, int]] = []
        self._since = time.monotonic()

    def add(self, batch: pa.RecordBatch, taken: int) -> None:
        """Adds vectors.

        Args:
            batch: the vectors; all batches have the same columns.
            taken: rows, from the first of all, that have been read by now.
        """
        self._waiting.append((batch, taken))
        self.taken = taken
        rows = sum(one.num_rows for one, _ in self._waiting)
        size = sum(one.nbytes for one, _ in self._waiting)
        late = time.monotonic() - self._since >= _PART_SECONDS
        if rows >= _PART_ROWS or size >= _PART_BYTES or late:
            self.flush()

    def flush(self) -> None:
        """Writes what waits to be written."""
        if self._waiting:
            end = self._waiting[-1][1]
            name = f"part-{self._begun_at:012}-{end:012}.parquet"
            table = pa.Table.from_batches([one for one, _ in self._waiting])
            with appearing(self._folder / name) as stream:
                pq.write_table(table, stream, use_dictionary=repeating(table.schema))
            self._waiting.clear()
            self._begun_at = end
        self._since = time.monotonic()

    @property
    def rows(self) -> int:
        """Vectors in the parts."""
        return sum(pq.read_metadata(file).num_rows for file in self._files())

    def read(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the vectors of all parts, in their order, one batch at least if there is a part.

        Args:
            columns: some of the columns; all unless given.
        """
        for file in self._files():
            with contextlib.closing(pq.ParquetFile(file)) as table:
                if not table.metadata.num_rows:
                    yield _nothing(table.schema_arrow, columns)
                yield from table.iter_batches(columns=columns)

    def remove(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _files(self) -> list[Path]:
        return sorted(one for one in self._folder.iterdir() if _NAME.fullmatch(one.name))

    def _end(self) -> int:
        """Returns where the last part ends."""
        ends = [int(found[2]) for found in map(_NAME.fullmatch, self._names()) if found]
        return max(ends, default=0)

    def _names(self) -> list[str]:
        return [one.name for one in self._folder.iterdir()]


def _nothing(schema: pa.Schema, columns: Sequence[str] | None) -> pa.RecordBatch:
    names = schema.names if columns is None else columns
    return pa.RecordBatch.from_pydict(
        {name: pa.array([], schema.field(name).type) for name in names}
    )
