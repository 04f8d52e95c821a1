"""A whole source: cut into chunks, ingested, added up, and checked for lost rows."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from data_ingestion.examples.chunk_ingestion import Outcome, Task, ingest
from data_ingestion.examples.splits import Splitter
from data_ingestion.readers.rows import Reader, RejectedRow
from data_ingestion.rules.row_rules import Predicate
from zeroskew.errors import StepError
from zeroskew.files import open_to_read, open_to_write
from zeroskew.parallel import run_here, run_on_beam
from zeroskew.progress import tell

ONE_PROCESS = 2
"""Chunks up to which starting processes takes longer than they save."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be done with each chunk of a source, by its reader's name; see `Task`."""

    types: Mapping[str, str]
    splitters: Mapping[str, Splitter]
    folders: Mapping[str, str]
    parts: str
    rules: Sequence[Predicate] = ()
    rates: Sequence[Predicate] = ()
    kept_columns: Sequence[str] = ()


def ingest_source(
    readers: Mapping[str, Reader],
    plan: Plan,
    *,
    workers: int = 0,
    make_pipeline: Callable[[], Any] | None = None,
) -> Outcome:
    """Ingests all rows.

    Args:
        readers: the source; one reader, or one for each split, with a splitter in the plan.
        plan: what is done with the rows.
        workers: processes on this machine; 0 for one on each core.
        make_pipeline: makes the Beam pipeline that does the work instead.

    Raises:
        DataError: a part of the source cannot be read, or a split got no row.
        StepError: rows were lost, which is a defect of this program.
    """
    chunks = [
        (chunk, plan.splitters[name])
        for name, reader in readers.items()
        for chunk in reader.chunks()
    ]
    tasks = [
        Task(
            number=number,
            of=len(chunks),
            chunk=chunk,
            splitter=splitter,
            types=plan.types,
            rules=plan.rules,
            rates=plan.rates,
            kept_columns=plan.kept_columns,
            folders=plan.folders,
            parts=plan.parts,
        )
        for number, (chunk, splitter) in enumerate(chunks)
    ]
    outcome = Outcome(examples=dict.fromkeys(plan.folders, 0))
    for task, done in zip(tasks, _run(tasks, workers, make_pipeline), strict=True):
        _check_complete(task, done)
        outcome.add(done)
        tell(task.number + 1, len(tasks), "chunks", f"{outcome.rows:,} rows")
    return outcome


def _run(
    tasks: Sequence[Task], workers: int, make_pipeline: Callable[[], Any] | None
) -> Iterable[Outcome]:
    if make_pipeline is None:
        return run_here(ingest, tasks, 1 if len(tasks) <= ONE_PROCESS else workers)
    run_on_beam(_ingest_elsewhere, tasks, make_pipeline())
    return map(_read_outcome, tasks)


def _ingest_elsewhere(task: Task) -> None:
    with open_to_write(_outcome_file(task)) as stream:
        stream.write(json.dumps(dataclasses.asdict(ingest(task))).encode())


def _read_outcome(task: Task) -> Outcome:
    with open_to_read(_outcome_file(task)) as stream:
        found = json.loads(stream.read())
    found["samples"] = {
        rule: [RejectedRow(**row) for row in rows] for rule, rows in found["samples"].items()
    }
    return Outcome(**found)


def _outcome_file(task: Task) -> str:
    return f"{task.parts}/outcome-{task.number:05d}.json"


def _check_complete(task: Task, done: Outcome) -> None:
    """Proves that each row of the source is an example, a rejected row or left out on purpose."""
    expected = task.chunk.count()
    written = sum(done.examples.values())
    known = written + done.rejected + done.left_out
    if done.rows != known or expected not in (None, done.rows):
        left_out = f", {done.left_out:,} left out" if done.left_out else ""
        raise StepError(
            "each row must become an example or a rejected row",
            allowed=f"{done.rows if expected is None else expected:,} rows",
            received=f"{written:,} examples and {done.rejected:,} rejected rows{left_out} of "
            f"{task.chunk.source}",
            action="please report this; the data of this run is not to be used",
        )
