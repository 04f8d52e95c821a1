"""Keeps the console for people: what libraries print goes to a file."""

import contextlib
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


@contextlib.contextmanager
def libraries_log_to(file: Path) -> Iterator[tuple[TextIO, TextIO]]:
    """Sends everything written to standard output and error into `file`.

    C++ libraries and child processes write to the file descriptors themselves, so these are what
    is redirected.

    Yields:
        The real standard output and standard error, as text streams.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    _configure_logging()
    try:
        with _stream(saved[0]) as out, _stream(saved[1]) as err:
            yield out, err
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, real in enumerate(saved, start=1):
            os.dup2(real, descriptor)
            os.close(real)


def _stream(descriptor: int) -> TextIO:
    return open(descriptor, "w", encoding="utf-8", buffering=1, closefd=False)


def _configure_logging() -> None:
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
        force=True,
    )
    logging.captureWarnings(True)
    warnings.simplefilter("default")


def new_log_file(folder: Path) -> Path:
    """Returns the path of this run's log, named after the time and the process."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
