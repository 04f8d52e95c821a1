"""Folders that take long to make: one worker of pytest-xdist makes them for all."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Returns a folder of this run of the tests; who asks while it is made waits.

    Args:
        factory: knows where temporary folders lie.
        name: of the folder; what it holds must follow from it alone.
        make: fills the folder, which is there and empty.
    """
    base = factory.getbasetemp()
    # Each worker has a folder of its own in that of the run.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, made = shared / name, shared / f"{name}.made"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            # Of a worker that failed to make it.
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
