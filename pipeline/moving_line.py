"""One line on the console that says how far something is, while it is under way."""

import contextlib
import time
from types import TracebackType

from rich.console import Console
from rich.status import Status

from zeroskew.progress import Progress, listening

_LINE_EVERY_SECONDS = 10.0
"""Without a terminal; on one, the line is drawn anew each time."""
_FORETELL_AFTER_SECONDS = 2.0


class MovingLine(contextlib.AbstractContextManager["MovingLine"]):
    """Shows what is told of progress; without a terminal, a plain line from time to time.

    Usage::

        with MovingLine(console, "predictions.parquet"):
            ...  # calls `zeroskew.progress.tell`

    Args:
        console: where to print.
        label: what the line begins with.

    Attributes:
        text: what the line says.
    """

    def __init__(self, console: Console, label: str) -> None:
        self._console = console
        self._label = label
        self.text = f"{label} ..."
        self._status: Status | None = None
        self._hearing = contextlib.ExitStack()
        self._last_line_at = time.perf_counter()
        self._first: tuple[float, Progress] | None = None

    def __enter__(self) -> "MovingLine":
        if self._console.is_terminal:
            self._status = self._console.status(self.text)
            self._status.start()
        else:
            self._print()
        self._hearing.enter_context(listening(self._heard))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._hearing.close()
        if self._status:
            self._status.stop()

    def _heard(self, how_far: Progress) -> None:
        now = time.perf_counter()
        self.text = f"{self._label} ... {how_far}{self._left(how_far, now)}"
        if self._status:
            self._status.update(self.text)
        elif now - self._last_line_at >= _LINE_EVERY_SECONDS:
            self._last_line_at = now
            self._print()

    def _left(self, how_far: Progress, now: float) -> str:
        """Foretells from the speed since the first telling of this; before, it made ready."""
        if self._first is None or self._first[1].unit != how_far.unit:
            self._first = now, how_far
        since, first = self._first
        done = how_far.done - first.done
        if not how_far.total or not done or now - since < _FORETELL_AFTER_SECONDS:
            return ""
        left = (now - since) * (how_far.total - how_far.done) / done
        return f", {left:.0f} s left" if left < 100 else f", {left / 60:.0f} min left"

    def _print(self) -> None:
        self._console.print(self.text, highlight=False, soft_wrap=True)
