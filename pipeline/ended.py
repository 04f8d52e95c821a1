"""What every run ends with, of the data half or of the whole: rows, times, memory and places."""

import dataclasses
from typing import Any

from pipeline import produced
from pipeline.console import Progress
from pipeline.places import Workspace

_MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Ended:
    """A run that has ended well.

    Attributes:
        rows: rows of each split.
        examples_path: the folder of the raw examples.
        seconds: by step, how long it took.
        peak_bytes: by step, the most memory that the run's own process had.
        cached: steps whose earlier outputs were used.
        total_seconds: from the first check to the last step.
        workspace: the folders of the run.
        log: what the libraries printed.
    """

    rows: dict[str, int]
    examples_path: str
    seconds: dict[str, float]
    peak_bytes: dict[str, int]
    cached: list[str]
    total_seconds: float
    workspace: Workspace
    log: str

    @classmethod
    def of(cls, progress: Progress, workspace: Workspace, log: str) -> "Ended":
        """Collects it from what the steps have told, and from their artifacts."""
        outputs = {step: execution.outputs for step, execution in progress.executions.items()}
        (examples,) = outputs["ExampleGen"]["examples"]
        return cls(
            rows=produced.split_rows(outputs["StatisticsGen"]),
            examples_path=examples.uri,
            seconds=progress.seconds,
            peak_bytes=progress.peak_bytes,
            cached=[step for step, one in progress.executions.items() if one.cached],
            total_seconds=progress.elapsed,
            workspace=workspace,
            log=log,
        )

    @property
    def rows_per_second(self) -> dict[str, int]:
        """By step, the rows of all splits over its time; no cached ones."""
        rows = sum(self.rows.values())
        return {
            step: round(rows / seconds)
            for step, seconds in self.seconds.items()
            if seconds and step not in self.cached
        }

    def content(self) -> dict[str, Any]:
        """Returns what a script may want to know."""
        return {
            "rows": self.rows,
            "examples_path": self.examples_path,
            "metadata_path": str(self.workspace.metadata_file),
            "log_path": self.log,
            "seconds": self.seconds,
            "rows_per_second": self.rows_per_second,
            "peak_mib": {step: round(peak / _MIB) for step, peak in self.peak_bytes.items()},
            "cached": self.cached,
            "total_seconds": round(self.total_seconds, 3),
        }

    def data_line(self, warnings: int) -> tuple[str, str]:
        """Returns the line of the summary that tells of the rows."""
        rows = " + ".join(f"{count:,} {split}" for split, count in self.rows.items())
        return "data", f"{rows} rows, {warnings} warning{'' if warnings == 1 else 's'}"

    @property
    def last_lines(self) -> list[tuple[str, str]]:
        """The lines of the summary that tell of log and time."""
        return [("log", self.log), ("took", f"{self.total_seconds:.0f} s")]
