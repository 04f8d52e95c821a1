"""What a person sees while the pipeline runs."""

import contextlib
import time

from rich.console import Console
from rich.markup import escape

from pipeline.memory import forget_peak, give_back, peak_bytes
from pipeline.metadata import Execution
from pipeline.moving_line import MovingLine
from pipeline.produced import describe, remarks


class Progress:
    """Shows one line for each step: a moving one while it runs, a still one when it is done.

    The moving one says how far the step is, as far as the step tells. Without a terminal it prints
    plain lines: one when a step starts, one from time to time, and one when it ends.

    Args:
        console: where to print.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._moving = contextlib.ExitStack()
        self._started_at = time.perf_counter()
        self._total = 0
        self._number = 0
        self.seconds: dict[str, float] = {}
        self.peak_bytes: dict[str, int] = {}
        self.executions: dict[str, Execution] = {}
        self.failed_step = ""

    def planned(self, steps: list[str]) -> None:
        """Counts the steps."""
        self._total = len(steps)

    def started(self, step: str) -> None:
        """Shows that a step runs."""
        self._number += 1
        give_back()
        forget_peak()
        line = MovingLine(self._console, f"[{self._number:>2}/{self._total}] {step}")
        self._moving.enter_context(line)

    def finished(self, step: str, seconds: float, execution: Execution) -> None:
        """Shows how long a step took, what it produced, and how the source was read."""
        self.seconds[step] = round(seconds, 3)
        self.peak_bytes[step] = peak_bytes()
        self.executions[step] = execution
        took = "cached" if execution.cached else f"{seconds:.1f} s"
        self._end("[green]✓[/green]", step, took, describe(step, execution.outputs))
        for remark in remarks(step, execution.outputs):
            self._print(f"  [yellow]·[/yellow] {escape(remark)}")

    def failed(self, step: str, seconds: float) -> None:
        """Shows that a step failed."""
        self.seconds[step] = round(seconds, 3)
        self.peak_bytes[step] = peak_bytes()
        self.failed_step = step
        self._end("[red]✗[/red]", step, f"{seconds:.1f} s", "failed")

    @property
    def elapsed(self) -> float:
        """Seconds since this object was made."""
        return time.perf_counter() - self._started_at

    def _end(self, mark: str, step: str, took: str, text: str) -> None:
        self._moving.close()
        self._print(f"{mark} {step:<17}{took:>8}   [dim]{escape(text)}[/dim]")

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, soft_wrap=True)
