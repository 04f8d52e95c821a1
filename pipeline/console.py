"""What a person sees while the pipeline runs."""

import contextlib
import time

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from pipeline.memory import forget_peak, give_back, peak_bytes
from pipeline.metadata import Execution
from pipeline.produced import describe, remarks
from zeroskew.progress import Progress as HowFar
from zeroskew.progress import listening

_LINE_EVERY_SECONDS = 10.0
"""Without a terminal; on one, the line is drawn anew each time."""
_FORETELL_AFTER_SECONDS = 2.0


class Progress:
    """Shows one line for each step: a moving one while it runs, a still one when it is done.

    The moving one says how far the step is, as far as the step tells. Without a terminal it prints
    plain lines: one when a step starts, one from time to time, and one when it ends.

    Args:
        console: where to print.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._hearing = contextlib.ExitStack()
        self._label = ""
        self._last_line_at = 0.0
        self._first: tuple[float, HowFar] | None = None
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
        self._label = f"[{self._number:>2}/{self._total}] {step}"
        self._last_line_at = time.perf_counter()
        self._first = None
        if self._console.is_terminal:
            self._status = self._console.status(f"{self._label} ...")
            self._status.start()
        else:
            self._print(f"{self._label} ...")
        self._hearing.enter_context(listening(self.heard))

    def heard(self, how_far: HowFar) -> None:
        """Shows how far the step is."""
        now = time.perf_counter()
        line = f"{self._label} ... {how_far}{self._left(how_far, now)}"
        if self._status:
            self._status.update(line)
        elif now - self._last_line_at >= _LINE_EVERY_SECONDS:
            self._last_line_at = now
            self._print(line)

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

    def _left(self, how_far: HowFar, now: float) -> str:
        """Foretells from the speed since the step first told of this; before, it made ready."""
        if self._first is None or self._first[1].unit != how_far.unit:
            self._first = now, how_far
        since, first = self._first
        done = how_far.done - first.done
        if not how_far.total or not done or now - since < _FORETELL_AFTER_SECONDS:
            return ""
        left = (now - since) * (how_far.total - how_far.done) / done
        return f", {left:.0f} s left" if left < 100 else f", {left / 60:.0f} min left"

    def _end(self, mark: str, step: str, took: str, text: str) -> None:
        self._hearing.close()
        if self._status:
            self._status.stop()
            self._status = None
        self._print(f"{mark} {step:<17}{took:>8}   [dim]{escape(text)}[/dim]")

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, soft_wrap=True)
