"""The runs of an output folder as a list, read in no time."""

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.report.record import RunRecord
from pipeline.report.store import contexts_of, open_store

_SHOWN_METRICS = 2


@dataclasses.dataclass(frozen=True)
class Listed:
    """A run.

    Attributes:
        run: by which name ML Metadata knows it.
        began: when, as ISO 8601, in the time zone of this machine.
        seconds: how long it took; None if it has not ended.
        rows: of each split, as far as they were counted.
        verdict: what came out, in a word or two.
        metrics: the most telling ones, as far as they were measured.
    """

    run: str
    began: str
    seconds: float | None
    rows: Mapping[str, int]
    verdict: str
    metrics: Mapping[str, float]


def list_runs(output: Path) -> Sequence[Listed]:
    """Returns the runs of an output folder, the latest first.

    Raises:
        WorkspaceError: no run has started there.
    """
    return [_listed(context) for context in contexts_of(open_store(output))]


def _listed(context: Any) -> Listed:
    record = RunRecord.of(context)
    began = datetime.datetime.fromtimestamp(context.create_time_since_epoch / 1000).astimezone()
    return Listed(
        run=context.name,
        began=began.isoformat(timespec="seconds"),
        seconds=record.total_seconds if record else None,
        rows=record.rows if record else {},
        verdict=record.verdict if record else "has not ended",
        metrics=dict(list(record.metrics.items())[:_SHOWN_METRICS]) if record else {},
    )
