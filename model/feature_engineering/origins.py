"""Where in the features file a line of the list stands, so that a message can point to it."""

import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from types import FrameType, TracebackType

from zeroskew.errors import FeatureError

_OUR_OWN = "model.feature_engineering."


@dataclasses.dataclass(frozen=True)
class Origin:
    """A line of a file.

    Attributes:
        file: its path.
        line: from 1.
    """

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


def find_origin() -> Origin | None:
    """Returns the line that makes a feature or label just now; None if nothing but us does."""
    frame: FrameType | None = sys._getframe(1)
    while frame and _is_our_own(frame):
        frame = frame.f_back
    return Origin(frame.f_code.co_filename, frame.f_lineno) if frame else None


def _is_our_own(frame: FrameType) -> bool:
    # What dataclasses write has no file.
    name = str(frame.f_globals.get("__name__"))
    return frame.f_code.co_filename == "<string>" or name.startswith(_OUR_OWN)


@contextlib.contextmanager
def pointing_to(origin: Origin | None) -> Iterator[None]:
    """Lets a `FeatureError` name the line where it arose: of a lambda, else of its feature.

    Args:
        origin: where the feature, or the label, stands.
    """
    try:
        yield
    except FeatureError as error:
        if origin is None:
            raise
        raise error.at(str(_innermost(error, origin.file) or origin)) from error


def _innermost(error: BaseException, file: str) -> Origin | None:
    """Returns the line of the file that ran when the first cause arose, if one did."""
    causes: list[BaseException] = [error]
    while causes[-1].__cause__:
        causes.append(causes[-1].__cause__)
    lines = [line for cause in reversed(causes) for line in _lines(cause.__traceback__, file)]
    return Origin(file, lines[0]) if lines else None


def _lines(trace: TracebackType | None, file: str) -> list[int]:
    found = []
    while trace:
        if trace.tb_frame.f_code.co_filename == file:
            found.append(trace.tb_lineno)
        trace = trace.tb_next
    return found[::-1]
