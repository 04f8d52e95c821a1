"""All rows of a source to a file of answers; rows that cannot be read are kept aside."""

import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from data_ingestion.examples.rejected_rows import kept_aside
from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.rows import Chunk, RejectedRow, Rows
from data_ingestion.readers.source import Source
from data_ingestion.readers.text_values import ARROW_TYPES
from model.serving.batch.files import open_answers
from model.serving.batch.predictor import Answered, Predictor
from zeroskew.errors import DataError
from zeroskew.parallel import ahead
from zeroskew.progress import tell

SHOWN = 3
"""Rows kept aside that are named."""


@dataclasses.dataclass
class Outcome:
    """What became of the rows.

    Attributes:
        rows: answered.
        rejected: kept aside.
        samples: the first of these.
        seconds: it took, without loading the model.
    """

    rows: int = 0
    rejected: int = 0
    samples: list[RejectedRow] = dataclasses.field(default_factory=list)
    seconds: float = 0.0

    @property
    def rows_per_second(self) -> int:
        """Rows that were read in a second."""
        return round((self.rows + self.rejected) / max(self.seconds, 1e-9))


def rejected_file(output: Path) -> Path:
    """Returns the file beside a file of answers that keeps the other rows."""
    return output.with_name(f"{output.stem}.rejected.parquet")


@small_heap()
def predict_to_file(
    source: Source,
    types: Mapping[str, str],
    predictor: Predictor,
    output: Path,
    *,
    allowed_rejected: float = 0.0,
    limit: int | None = None,
) -> Outcome:
    """Writes a line of answers for each row that can be read, in the order of the source.

    Rows are read while the model answers earlier ones. Memory does not grow with the rows.

    Args:
        source: the rows.
        types: of the columns that the model reads, and of the keys.
        predictor: the model.
        output: a file, by its ending Parquet or CSV. It is there whole, or as it was before.
        allowed_rejected: the share of rows that may be kept aside.
        limit: rows that are read at most.

    Raises:
        DataError: a file cannot be read, or more rows than allowed cannot; nothing is written then
            but these.
        WorkspaceError: the file cannot be written.
    """
    outcome, start = Outcome(), time.perf_counter()
    chunks = [chunk for reader in source.readers.values() for chunk in reader.chunks()]
    total = _count(chunks, limit)
    aside = rejected_file(output)
    with open_answers(output) as write:
        with kept_aside(aside) as keep:
            for name, rows in ahead(_limited(_read(chunks, types), limit)):
                answered = predictor.answer(rows.batch)
                write(answered.answers)
                rejected = _rejected(name, rows, answered)
                keep(rejected)
                outcome.rows += answered.answers.num_rows
                outcome.rejected += len(rejected)
                outcome.samples = [*outcome.samples, *rejected][:SHOWN]
                tell(outcome.rows + outcome.rejected, total, "rows")
            if not outcome.rows + outcome.rejected:
                write(predictor.answer(_no_rows(types)).answers)
        _check(outcome, allowed_rejected, aside)
    outcome.seconds = time.perf_counter() - start
    return outcome


def _count(chunks: Sequence[Chunk], limit: int | None) -> int:
    """Returns how many rows there are to read; 0 if nobody knows."""
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
    """Yields rows until so many are read, those that cannot be read among them."""
    left = limit
    for name, rows in pieces:
        if left is None:
            yield name, rows
            continue
        last = _line(rows, left)
        batch = rows.batch.slice(0, int(np.searchsorted(rows.lines, last, side="right")))
        rejected = [row for row in rows.rejected if row.line <= last]
        yield name, dataclasses.replace(rows, batch=batch, rejected=rejected)
        left -= batch.num_rows + len(rejected)
        if left <= 0:
            return


def _line(rows: Rows, count: int) -> int:
    """Returns the line of the last of so many rows."""
    lines = np.sort(np.concatenate([rows.lines, [row.line for row in rows.rejected]]))
    return int(lines[:count][-1]) if len(lines) else 0


def _rejected(name: str, rows: Rows, answered: Answered) -> list[RejectedRow]:
    """Returns the rows that reader or model could not take, in the order of the source."""
    unfit = [
        RejectedRow(name, int(rows.lines[row]), reason, rows.raw(row))
        for row, reason in answered.misfits.items()
    ]
    return sorted([*rows.rejected, *unfit], key=lambda row: row.line)


def _no_rows(types: Mapping[str, str]) -> pa.RecordBatch:
    columns = {name: pa.array([], ARROW_TYPES[kind]) for name, kind in types.items()}
    return pa.RecordBatch.from_pydict(columns)


def _check(outcome: Outcome, allowed: float, aside: Path) -> None:
    read = outcome.rows + outcome.rejected
    if outcome.rejected > allowed * read:
        first = [f"{row.source}, line {row.line}: {row.reason}" for row in outcome.samples]
        counts = f"{outcome.rejected:,} of {read:,} rows cannot; the first:"
        raise DataError(
            "every row must be one that the model was trained to read",
            allowed=f"{allowed:.2%} of them not (data.allowed_rejected)",
            received="\n            ".join([counts, *first]),
            action=f"correct the rows kept in {aside}, or let some be left out: --set "
            "data.allowed_rejected=0.01",
        )
