"""Running whole processes against the clock."""

import dataclasses
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Collection, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.memory import maxrss_bytes
from zeroskew.errors import StepError

REPOSITORY = Path(__file__).resolve().parent.parent
_TAIL_LINES = 15


@dataclasses.dataclass(frozen=True)
class Finished:
    """A process that has ended as it should.

    Attributes:
        seconds: wall time from before its start until after its end.
        output: what it wrote to stdout.
        peak_bytes: the most memory that it, or the largest of its children, had at once.
    """

    seconds: float
    output: str
    peak_bytes: int

    def last_json(self) -> dict[str, Any]:
        """Returns the JSON object that is the last line of stdout.

        Raises:
            StepError: the last line is no JSON object.
        """
        lines = self.output.strip().splitlines() or [""]
        try:
            value = json.loads(lines[-1])
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise StepError(
                "the last line of output must be a JSON object",
                received=lines[-1][:200] or "nothing",
            )
        return value


def run(
    command: Sequence[str], folder: Path, log: Path, allowed_exits: Collection[int] = (0,)
) -> Finished:
    """Runs a command to its end, in the environment of this process as it is.

    Args:
        command: program and arguments.
        folder: its working folder.
        log: file that receives what it writes to stderr.
        allowed_exits: exit codes that are no failure.

    Raises:
        StepError: it ended with another exit code.
    """
    with log.open("w") as stderr, tempfile.TemporaryFile("w+") as stdout:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=stdout, stderr=stderr, text=True)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        stdout.seek(0)
        output = stdout.read()
    if process.returncode not in allowed_exits:
        lines = [*output.splitlines(), *log.read_text(errors="replace").splitlines()]
        raise StepError(
            f"`{' '.join(command)}` must end with exit code {' or '.join(map(str, allowed_exits))}",
            received="\n".join([f"{process.returncode}, and last", *lines[-_TAIL_LINES:]]),
        )
    return Finished(seconds, output, maxrss_bytes(usage))


def machine() -> dict[str, str | int]:
    """Describes what the numbers were measured on: `cores`, `tfx` and `python` versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"cores": cores or 1, "tfx": version("tfx"), "python": platform.python_version()}


def machine_line() -> str:
    """Returns `machine()` as one line for people."""
    return "{cores} cores, TFX {tfx}, Python {python}".format(**machine())
