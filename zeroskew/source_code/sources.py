"""What source files say; during a run, what they said when it first asked."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

_kept: dict[Path, bytes] | None = None


def read_source(file: Path) -> bytes:
    """Returns what a source file holds, or held when it was first read within `read_once`."""
    if _kept is None:
        return file.read_bytes()
    if file not in _kept:
        _kept[file] = file.read_bytes()
    return _kept[file]


@contextlib.contextmanager
def read_once() -> Iterator[None]:
    """Reads each source file once, however often it is asked for, also where this is nested.

    A cached result is found by the code as the run began with it. Without this, who saves the
    features file while a run goes on has a step compute by the new text, and keep that under the
    key of the old one.
    """
    global _kept
    before = _kept
    _kept = {} if before is None else before
    try:
        yield
    finally:
        _kept = before
