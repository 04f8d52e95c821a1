"""Processes that need not import TensorFlow and TFX: they are forked from one that has."""

import atexit
import multiprocessing
import os
import runpy
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["tensorflow", "tensorflow_data_validation", "tensorflow_transform", "tfx.v1", "pipeline.run"]
)


def begun(
    program: Callable[[], object],
    folder: Path,
    environment: Mapping[str, str],
    streams: tuple[Path, Path],
) -> BaseProcess:
    """Starts a function as the main program of a process of its own.

    Args:
        program: a function of a module, without arguments of its own.
        folder: where the process runs.
        environment: all of its variables.
        streams: the files to which standard output and standard error are appended.
    """
    process = _CONTEXT.Process(target=_main, args=(program, folder, dict(environment), streams))
    process.start()
    return process


def forked(
    program: Callable[[], object],
    folder: Path,
    environment: Mapping[str, str],
    streams: tuple[Path, Path],
    seconds: float,
    kill_when: Callable[[], bool] = lambda: False,
) -> int:
    """Runs what `begun` starts, for so many seconds at most; returns its exit code.

    It is killed earlier if `kill_when`, which is asked time and again, says so.
    """
    process = begun(program, folder, environment, streams)
    end = time.monotonic() + seconds
    while process.exitcode is None and time.monotonic() < end and not kill_when():
        process.join(0.02)
    if process.exitcode is None:
        process.kill()
        process.join()
    assert process.exitcode is not None
    return process.exitcode


def run_module(name: str, arguments: Sequence[str]) -> None:
    """Is a program for `forked`: `python -m NAME ARGUMENTS`."""
    sys.argv = [name, *arguments]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _main(
    program: Callable[[], object],
    folder: Path,
    environment: dict[str, str],
    streams: tuple[Path, Path],
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, file in enumerate((Path(os.devnull), *streams)):
        os.dup2(os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - until the process ends.
    try:
        program()
    finally:
        # multiprocessing leaves out what Python does at the end of a program.
        atexit._run_exitfuncs()
