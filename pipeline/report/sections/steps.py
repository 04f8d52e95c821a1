"""Time and memory of each step, and what it produced."""

import dataclasses
from collections.abc import Sequence

from pipeline import produced
from pipeline.report.runs import Run


@dataclasses.dataclass(frozen=True)
class StepView:
    """A step.

    Attributes:
        name: in the DAG.
        state: ``"done"``, ``"cached"``, ``"failed"`` or ``"interrupted"``.
        seconds: how long it took; None if it is not known.
        share: of the longest step's time, from 0 to 1.
        mib: the most memory that the run's own process had; None if it is not known.
        said: what it produced, in a few words.
    """

    name: str
    state: str
    seconds: float | None
    share: float
    mib: int | None
    said: str


def steps(run: Run) -> Sequence[StepView]:
    """Reads how the steps went, in the order in which they ran."""
    seconds = {name: step.seconds for name, step in run.steps.items()}
    peaks: dict[str, int] = {}
    unfinished = "failed"
    if run.record:
        unfinished = "interrupted" if run.record.stop and run.record.stop.is_interrupt else "failed"
        seconds |= run.record.seconds
        peaks |= run.record.peak_bytes
    longest = max(filter(None, seconds.values()), default=1.0)
    views = []
    # A step that was interrupted at once may be known to the record alone.
    for name, took in seconds.items():
        step = run.steps.get(name)
        complete = step is not None and step.complete
        state = "cached" if step and step.execution.cached else "done"
        views.append(
            StepView(
                name=name,
                state=state if complete else unfinished,
                seconds=took,
                share=(took or 0.0) / longest,
                mib=peaks[name] >> 20 if name in peaks else None,
                said=produced.describe(name, step.execution.outputs) if step and complete else "",
            )
        )
    return views
