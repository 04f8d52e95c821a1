"""All rows of a source for a model: read up to a limit, and kept aside where they do not fit."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from data_ingestion.readers.rows import Chunk, RejectedRow, Rows
from data_ingestion.readers.source import Source
from data_ingestion.readers.text_values import ARROW_TYPES
from zeroskew.errors import DataError

SHOWN = 3
"""Rows kept aside that are named."""


@dataclasses.dataclass
class Outcome:
    """What became of the rows.

    Attributes:
        rows: answered.
        rejected: kept aside.
        samples: the first of these.
        taken_over: of both, those that a command that was stopped has left behind.
        seconds: it took, without loading the model.
    """

    rows: int = 0
    rejected: int = 0
    samples: list[RejectedRow] = dataclasses.field(default_factory=list)
    taken_over: int = 0
    seconds: float = 0.0

    @property
    def read(self) -> int:
        """Rows that were read."""
        return self.rows + self.rejected

    @property
    def rows_per_second(self) -> int:
        """Rows that were read in a second, but those that had been answered before."""
        return round((self.read - self.taken_over) / max(self.seconds, 1e-9))

    def add(self, answered: int, rejected: Sequence[RejectedRow]) -> None:
        """Counts rows."""
        self.rows += answered
        self.rejected += len(rejected)
        self.samples = [*self.samples, *rejected][:SHOWN]

    def check(self, allowed: float, aside: Path) -> None:
        """Checks that no more rows were kept aside than may be.

        Args:
            allowed: their share of all rows.
            aside: the file that keeps them.

        Raises:
            DataError: there are more.
        """
        if self.rejected > allowed * self.read:
            first = [f"{row.source}, line {row.line}: {row.reason}" for row in self.samples]
            counts = f"{self.rejected:,} of {self.read:,} rows cannot; the first:"
            raise DataError(
                "every row must be one that the model was trained to read",
                allowed=f"{allowed:.2%} of them not (data.allowed_rejected)",
                received="\n            ".join([counts, *first]),
                action=f"correct the rows kept in {aside}, or let some be left out: --set "
                "data.allowed_rejected=0.01",
            )


def rejected_file(output: Path) -> Path:
    """Returns the file beside a file of answers that keeps the other rows."""
    return output.with_name(f"{output.stem}.rejected.parquet")


def say_rejected(outcome: Outcome, output: Path) -> Iterator[str]:
    """Yields what a person should know of the rows kept aside, if there are any."""
    if outcome.rejected:
        yield f"kept aside   {rejected_file(output)}: {outcome.rejected:,} rows, such as"
        for row in outcome.samples:
            yield f"             {row.source}, line {row.line}: {row.reason}"


def rows_of(
    source: Source, types: Mapping[str, str], limit: int | None = None
) -> tuple[int, Iterator[tuple[str, Rows]]]:
    """Returns how many rows there are, 0 if nobody knows, and what reads them, some at a time.

    Args:
        source: the rows; the same rows come in the same pieces.
        types: of the columns that are read.
        limit: rows that are read at most, those that cannot be read among them.

    Raises:
        DataError: a file cannot be read.
    """
    chunks = [chunk for reader in source.readers.values() for chunk in reader.chunks()]
    return _count(chunks, limit), _limited(_read(chunks, types), limit)


def _count(chunks: Sequence[Chunk], limit: int | None) -> int:
    counts = [chunk.count() for chunk in chunks]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return 0
    return min(sum(known), limit or sum(known))


def _read(chunks: Sequence[Chunk], types: Mapping[str, str]) -> Iterator[tuple[str, Rows]]:
    for chunk in chunks:
        for rows in chunk.read(types):
            yield chunk.source, rows


def _limited(pieces: Iterator[tuple[str, Rows]], limit: int | None) -> Iterator[tuple[str, Rows]]:
    left = limit
    for name, rows in pieces:
        if left is None:
            yield name, rows
            continue
        batch = rows.batch.slice(0, fit_among(rows, left))
        last = _line(rows, left)
        rejected = [row for row in rows.rejected if row.line <= last]
        yield name, dataclasses.replace(rows, batch=batch, rejected=rejected)
        left -= batch.num_rows + len(rejected)
        if left <= 0:
            return


def fit_among(rows: Rows, count: int) -> int:
    """Returns how many of the first so many rows could be read."""
    return int(np.searchsorted(rows.lines, _line(rows, count), side="right"))


def _line(rows: Rows, count: int) -> int:
    """Returns the line of the last of so many rows; 0 if there is none."""
    lines = np.sort(np.concatenate([rows.lines, [row.line for row in rows.rejected]]))
    some = lines[:count]
    return int(some[-1]) if len(some) else 0


def rejected_rows(name: str, rows: Rows, misfits: Mapping[int, str]) -> list[RejectedRow]:
    """Returns the rows that reader or model could not take, in the order of the source.

    Args:
        name: the file, or the name of the query.
        rows: some rows.
        misfits: those that the model could not take, by their place among those that could be
            read, and why.
    """
    unfit = [
        RejectedRow(name, int(rows.lines[row]), reason, rows.raw(row))
        for row, reason in misfits.items()
    ]
    return sorted([*rows.rejected, *unfit], key=lambda row: row.line)


def no_rows(types: Mapping[str, str]) -> pa.RecordBatch:
    """Returns columns without rows."""
    columns = {name: pa.array([], ARROW_TYPES[kind]) for name, kind in types.items()}
    return pa.RecordBatch.from_pydict(columns)
