"""This project's pipeline, run as a user runs it."""

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import processes
from zeroskew.errors import EXIT_NOT_BLESSED, EXIT_OK

COMMAND = (sys.executable, "-m", "pipeline", "run")


@dataclasses.dataclass(frozen=True)
class OurResult:
    """One run of `zeroskew run`.

    Attributes:
        seconds: wall time of the whole process.
        metrics: by name, on the eval split: `auc`, `accuracy`, `log_loss`, `ece` and others.
        blessed: whether the gate let the model pass.
        reasons: why, or why not.
        step_seconds: wall time of each step.
        step_mib: the most memory of the run's own process in each step, in MiB.
        examples: folder of the examples, with `Split-train` and `Split-eval`, if the run names it.
        peak_bytes: the most memory that the process, or the largest of its children, had.
    """

    seconds: float
    metrics: dict[str, float]
    blessed: bool
    reasons: list[str]
    step_seconds: dict[str, float]
    step_mib: dict[str, int]
    examples: Path | None
    peak_bytes: int


def run_ours(folder: Path, options: Sequence[str] = ()) -> OurResult:
    """Runs the pipeline once, from nothing.

    Args:
        folder: an empty folder; holds the run's output and its log afterwards.
        options: more options of `zeroskew run`.

    Raises:
        StepError: the run failed. A model that is not blessed is no failure.
    """
    command = [*COMMAND, "--output", str(folder / "output"), "--json", *options]
    finished = processes.run(
        command, processes.REPOSITORY, folder / "ours.log", (EXIT_OK, EXIT_NOT_BLESSED)
    )
    return _result(finished, finished.last_json())


def _result(finished: processes.Finished, summary: Mapping[str, Any]) -> OurResult:
    path = summary.get("examples_path")
    step_mib = dict(summary.get("peak_mib", {}))
    return OurResult(
        seconds=finished.seconds,
        metrics=dict(summary["metrics"]),
        blessed=bool(summary["blessed"]),
        reasons=list(summary.get("reasons", [])),
        step_seconds=dict(summary.get("seconds", {})),
        step_mib=step_mib,
        examples=Path(path) if path else None,
        # The run forgets its peak before each step, and with it what the system knows of it.
        peak_bytes=max([finished.peak_bytes, *(mib << 20 for mib in step_mib.values())]),
    )
