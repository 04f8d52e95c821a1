"""Asks a SavedModel in a process of its own, and gathers what came of it."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_PROBE = Path(__file__).with_name("probe.py")
_NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}
"""The Trainer of the same machine may hold all of their memory."""
_SHOWN = 400


@dataclasses.dataclass(frozen=True)
class Asked:
    """A request and what the model made of it.

    Attributes:
        request: in words.
        passed: whether the answer is what a client needs.
        answer: in words.
    """

    request: str
    passed: bool
    answer: str


@dataclasses.dataclass(frozen=True)
class Speed:
    """How fast a signature is, on the cores of the step.

    Attributes:
        signature: its name.
        p50_ms: milliseconds within which half of the requests of one row are answered.
        p99_ms: the same, of 99 in 100.
        rows_per_second: of requests of 1,024 rows.
    """

    signature: str
    p50_ms: float
    p99_ms: float
    rows_per_second: float


@dataclasses.dataclass(frozen=True)
class Fitness:
    """What a process with plain TensorFlow made of a model.

    Attributes:
        tensorflow: its version.
        load_seconds: until the model was loaded.
        replayed: warm-up requests that were answered.
        asked: right and wrong requests.
        speeds: by signature.
        memory_mib: MiB that the process took at most, beyond TensorFlow itself.
        failure: why it did not come to its end; empty if it did.
    """

    tensorflow: str = ""
    load_seconds: float = 0.0
    replayed: int = 0
    asked: Sequence[Asked] = ()
    speeds: Sequence[Speed] = ()
    memory_mib: int = 0
    failure: str = ""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Fitness":
        """Reads what `dataclasses.asdict` made of one."""
        asked = [Asked(**one) for one in content["asked"]]
        speeds = [Speed(**one) for one in content["speeds"]]
        return cls(**{**content, "asked": asked, "speeds": speeds})


def check_fitness(model: str, timeout: float = 600.0) -> Fitness:
    """Loads a SavedModel in a process that has plain TensorFlow, and asks it.

    A model that cannot be loaded, or whose process dies or hangs, is a result, too.

    Args:
        model: the SavedModel's folder.
        timeout: seconds after which the process is ended.
    """
    # -I: neither the folder of this file nor PYTHONPATH is where it looks for modules.
    command = [sys.executable, "-I", "-W", "ignore", str(_PROBE), model]
    with (
        _lifeline() as stdin,
        subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **_NO_GPU},
            text=True,
        ) as process,
    ):
        try:
            printed, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            printed, errors = process.communicate()
            return _fitness(printed, f"did not end within {timeout:g} s")
        except BaseException:
            process.kill()
            raise
    return _fitness(printed, _ending(process.returncode, errors))


@contextlib.contextmanager
def _lifeline() -> Iterator[int]:
    """Yields a file that ends when this process does, by which another one gets to know."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


def _ending(exit_code: int, errors: str) -> str:
    if exit_code == 0:
        return ""
    if exit_code < 0:
        return f"died of {signal.Signals(-exit_code).name}"
    return f"failed: {' '.join(errors.split())[-_SHOWN:]}"


def _fitness(printed: str, ending: str) -> Fitness:
    lines = [*_lines(printed)]
    of = {name: [line for line in lines if name in line] for name in _KINDS}
    found: dict[str, Any] = {}
    for line in of["loaded"]:
        found["tensorflow"] = line["loaded"]["tensorflow"]
        found["load_seconds"] = line["loaded"]["seconds"]
    found |= {name: of[name][-1][name] for name in ("replayed", "memory_mib") if of[name]}
    asked = [Asked(line["asked"], line["passed"], line["answer"]) for line in of["asked"]]
    speeds = [Speed(**line["speed"]) for line in of["speed"]]
    return Fitness(**found, asked=asked, speeds=speeds, failure=_failure(of, ending))


_KINDS = ("doing", "failed", "loaded", "replayed", "asked", "speed", "memory_mib")


def _failure(of: Mapping[str, Sequence[Mapping[str, Any]]], ending: str) -> str:
    if not ending:
        return ""
    if of["failed"]:
        last = of["failed"][-1]
        return f"could not {last['failed']}: {last['error'][:_SHOWN]}"
    doing = of["doing"][-1]["doing"] if of["doing"] else "start"
    return f"{ending}, when it was to {doing}"


def _lines(printed: str) -> Iterator[Mapping[str, Any]]:
    for line in printed.splitlines():
        # A process that dies may leave half a line.
        if line.startswith("{") and line.endswith("}"):
            yield json.loads(line)
