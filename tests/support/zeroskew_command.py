"""`zeroskew` in a process of its own."""

import dataclasses
import functools
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from warm_start import forked, run_module

ROOT = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished process."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON in the last line of standard output."""
        return json.loads(self.stdout.splitlines()[-1])


def run(
    *arguments: object,
    environment: dict[str, str] | None = None,
    kill_when: Callable[[], bool] = lambda: False,
) -> Run:
    """Runs `zeroskew` with these arguments and waits for it, or kills it once it is time."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ZEROSKEW_")}
    whole = {**clean, "COLUMNS": "200", **(environment or {})}
    return started(arguments, whole, seconds=120, kill_when=kill_when)


def started(
    arguments: Sequence[object],
    environment: Mapping[str, str],
    seconds: float,
    kill_when: Callable[[], bool] = lambda: False,
) -> Run:
    """Runs `zeroskew`, with TensorFlow imported already, in exactly this environment."""
    program = functools.partial(run_module, "pipeline", [str(one) for one in arguments])
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        exit_code = forked(program, ROOT, environment, (out, err), seconds, kill_when)
        return Run(exit_code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


def message(rule: str, **parts: str) -> str:
    """Returns what standard error holds, and nothing else, after an error."""
    labels = {"allowed": "allowed:  ", "received": "received: ", "do": "do:       "}
    return "".join(
        [f"error: {rule}\n", *(f"  {labels[name]}{text}\n" for name, text in parts.items())]
    )


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]
