"""How far a step is: told by the step, shown by whoever listens.

A step does not know where it runs. On this machine the console listens; elsewhere nobody does, and
the log gets a line from time to time.
"""

import contextlib
import dataclasses
import logging
import time
from collections.abc import Callable, Iterator

_LOG_EVERY_SECONDS = 30.0

logger = logging.getLogger("zeroskew")


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a step is.

    Attributes:
        done: how much is done.
        total: of how much; 0 if nobody knows.
        unit: of what, such as ``"rows"``.
        note: what else is worth knowing, such as a loss.
    """

    done: int
    total: int
    unit: str
    note: str = ""

    def __str__(self) -> str:
        """Returns it as people read it: ``"30,000 of 90,000 rows, loss 0.412"``."""
        of = f" of {self.total:,}" if self.total else ""
        note = f", {self.note}" if self.note else ""
        return f"{self.done:,}{of} {self.unit}{note}"


Listener = Callable[[Progress], None]


class _Log:
    """Writes to the log, but not each time."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _LOG_EVERY_SECONDS
            logger.info("%s", progress)


_listeners: list[Listener] = [_Log()]


def tell(done: int, total: int, unit: str, note: str = "") -> None:
    """Says how far the step is; it costs so little that a step may say so for each batch."""
    progress = Progress(done, total, unit, note)
    for listener in _listeners:
        listener(progress)


@contextlib.contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hands what steps tell, from any thread, to a listener as well."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
