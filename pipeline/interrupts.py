"""Ctrl-C and a request to stop: a sentence instead of a traceback, and all is left tidy."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """Somebody wants the command to end.

    Not a `KeyboardInterrupt`, which the command line's library answers in its own words; nor an
    `Exception`, which a library may take for a failure of its own.

    Attributes:
        exit_code: what a shell reports of a program that the signal ends.
        sentence: what a person is told.
    """

    sentence = "interrupted"

    def __init__(self, number: int) -> None:
        self.exit_code = 128 + number
        super().__init__(f"interrupted by {signal.Signals(number).name}")


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Lets the signals raise `Interrupted`."""
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def restartable() -> Iterator[None]:
    """Says of what is interrupted here that it goes on where it was."""
    try:
        yield
    except Interrupted as end:
        end.sentence = "interrupted; start the run again: what is finished is not repeated"
        raise


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    # A second Ctrl-C must not disturb the tidying up.
    for one in _SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    raise Interrupted(number)
