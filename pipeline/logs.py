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
    with _redirected(file, 1, 2) as saved:
        _configure_logging()
        with _stream(saved[0]) as out, _stream(saved[1]) as err:
            yield out, err


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps from standard error what C++ libraries write there, TensorFlow while it is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore")
    with _redirected(Path(os.devnull), 2):
        yield


@contextlib.contextmanager
def _redirected(file: Path, *descriptors: int) -> Iterator[list[int]]:
    """Sends what is written to file descriptors into `file`; yields the real ones."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(descriptor) for descriptor in descriptors]
    target = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for descriptor in descriptors:
        os.dup2(target, descriptor)
    os.close(target)
    try:
        yield saved
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, real in zip(descriptors, saved, strict=True):
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
