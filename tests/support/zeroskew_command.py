"""`zeroskew` in a process of its own, as a user starts it."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished process."""

    exit_code: int
    stdout: str
    stderr: str


def run(*arguments: object, environment: dict[str, str] | None = None) -> Run:
    """Runs `zeroskew` with these arguments and waits for it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ZEROSKEW_")}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        cwd=ROOT,
        env={**clean, "COLUMNS": "200", **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def message(rule: str, **parts: str) -> str:
    """Returns what standard error holds, and nothing else, after an error."""
    labels = {"allowed": "allowed:  ", "received": "received: ", "do": "do:       "}
    return "".join(
        [f"error: {rule}\n", *(f"  {labels[name]}{text}\n" for name, text in parts.items())]
    )


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]
