"""What one worker does with one chunk: rows in, encoded examples and rejected rows out."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from data_ingestion.examples.chunk_output import ChunkOutput
from data_ingestion.examples.splits import Splitter
from data_ingestion.readers.rows import Chunk, RejectedRow, Rows, one_value_column
from data_ingestion.rules.row_rules import Predicate, Predicates

ROWS_AT_ONCE = 65_536
SAMPLES = 3
"""Rows that are shown of each rule that is broken."""


@dataclasses.dataclass(frozen=True)
class Task:
    """A chunk and what to do with it; it can be pickled.

    Attributes:
        number: of the chunk, from 0.
        of: how many chunks there are.
        chunk: the rows.
        splitter: where they go.
        types: ``"FLOAT"``, ``"INT"`` or ``"BYTES"`` by column of the schema.
        rules: what each row must keep.
        rates: conditions whose share of rows is measured.
        kept_columns: columns that rules about all rows need afterwards.
        folders: where the examples of each split are written.
        parts: where what is merged afterwards is written.
    """

    number: int
    of: int
    chunk: Chunk
    splitter: Splitter
    types: Mapping[str, str]
    rules: Sequence[Predicate]
    rates: Sequence[Predicate]
    kept_columns: Sequence[str]
    folders: Mapping[str, str]
    parts: str


@dataclasses.dataclass
class Outcome:
    """What became of a chunk, or of several.

    Attributes:
        rows: in the source.
        examples: written, by split.
        rejected: not used.
        left_out: good, and not in the sample.
        broken: rows that break a rule, by the rule's name.
        samples: the first of them.
        rates: by name, rows where the condition is true and rows where it is true or false.
    """

    rows: int = 0
    examples: dict[str, int] = dataclasses.field(default_factory=dict)
    rejected: int = 0
    left_out: int = 0
    broken: dict[str, int] = dataclasses.field(default_factory=dict)
    samples: dict[str, list[RejectedRow]] = dataclasses.field(default_factory=dict)
    rates: dict[str, tuple[int, int]] = dataclasses.field(default_factory=dict)

    def add(self, other: "Outcome") -> None:
        """Adds what became of another chunk, a later one."""
        self.rows += other.rows
        self.rejected += other.rejected
        self.left_out += other.left_out
        _sum_up(self.examples, other.examples)
        _sum_up(self.broken, other.broken)
        for rule, samples in other.samples.items():
            self.samples[rule] = [*self.samples.get(rule, []), *samples][:SAMPLES]
        for name, (true, known) in other.rates.items():
            before = self.rates.get(name, (0, 0))
            self.rates[name] = (before[0] + true, before[1] + known)


def _sum_up(totals: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        totals[name] = totals.get(name, 0) + count


def ingest(task: Task) -> Outcome:
    """Reads, checks, splits, encodes and writes a chunk.

    Raises:
        DataError: the chunk as a whole cannot be read.
    """
    predicates = Predicates([*task.rules, *task.rates], task.types)
    outcome = Outcome(examples=dict.fromkeys(task.splitter.names, 0))
    with ChunkOutput(task.number, task.of, task.splitter, task.folders, task.parts) as output:
        for rows in task.chunk.read(task.types):
            outcome.rows += rows.batch.num_rows + len(rows.rejected)
            output.reject(rows.rejected)
            outcome.rejected += len(rows.rejected)
            for start in range(0, rows.batch.num_rows, ROWS_AT_ONCE):
                _ingest_rows(_slice(rows, start), predicates, task, output, outcome)
    return outcome


def _ingest_rows(
    rows: Rows, predicates: Predicates, task: Task, output: ChunkOutput, outcome: Outcome
) -> None:
    verdicts = predicates.evaluate(rows.batch)
    reasons = _broken_rules(rows, task, verdicts[: len(task.rules)], outcome)
    for row in _undealt(rows.batch, task.splitter.column, task.types):
        reasons.setdefault(row, f"{task.splitter.column} is missing, which decides on the split")
    output.reject([_rejected(task, rows, row, reasons[row]) for row in sorted(reasons)])
    outcome.rejected += len(reasons)
    good = np.ones(rows.batch.num_rows, bool)
    good[list(reasons)] = False
    for rate, verdict in zip(task.rates, verdicts[len(task.rules) :], strict=True):
        true, known = outcome.rates.get(rate.name, (0, 0))
        true += int(verdict[good].filled(False).sum())
        outcome.rates[rate.name] = (true, known + int(verdict[good].count()))
    batch, examples = rows.batch, rows.examples
    if reasons:
        batch = batch.filter(pa.array(good))
        examples = examples and examples.filter(pa.array(good))
    if batch.num_rows:
        written, left_out = output.write(batch, examples)
        _sum_up(outcome.examples, written)
        outcome.left_out += left_out
        if task.kept_columns:
            kinds = {name: task.types[name] for name in task.kept_columns}
            output.keep(batch, kinds, task.chunk.source, rows.lines[good])


def _broken_rules(
    rows: Rows, task: Task, verdicts: Sequence[np.ma.MaskedArray], outcome: Outcome
) -> dict[int, str]:
    """Counts rows that break a rule; returns those that are rejected for it, and why."""
    reasons: dict[int, str] = {}
    for rule, verdict in zip(task.rules, verdicts, strict=True):
        broken = np.flatnonzero(~verdict.filled(True)).tolist()
        if not broken:
            continue
        reason = f"{rule.name}: {rule.sql}"
        samples = [_rejected(task, rows, row, reason) for row in broken[:SAMPLES]]
        outcome.samples[rule.name] = [*outcome.samples.get(rule.name, []), *samples][:SAMPLES]
        outcome.broken[rule.name] = outcome.broken.get(rule.name, 0) + len(broken)
        if rule.rejects:
            for row in broken:
                reasons.setdefault(row, reason)
    return reasons


def _undealt(batch: pa.RecordBatch, column: str | None, types: Mapping[str, str]) -> list[int]:
    if column is None:
        return []
    values = one_value_column(batch, column, types[column])
    return np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False)).tolist()


def _rejected(task: Task, rows: Rows, row: int, reason: str) -> RejectedRow:
    return RejectedRow(task.chunk.source, int(rows.lines[row]), reason, rows.raw(int(row)))


def _slice(rows: Rows, start: int) -> Rows:
    if rows.batch.num_rows <= ROWS_AT_ONCE:
        return rows
    return Rows(
        rows.batch.slice(start, ROWS_AT_ONCE),
        rows.lines[start : start + ROWS_AT_ONCE],
        lambda row: rows.raw(start + row),
        examples=rows.examples and rows.examples.slice(start, ROWS_AT_ONCE),
    )
