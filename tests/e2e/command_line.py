"""Runs of the real command, each in its own process, as a user starts them."""

import csv
import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings

ROOT = Path(__file__).parents[2]
NO_TRIALS = {"l2_ids": 0, "l1_inputs": 0}
"""Settings of a Trainer that tries no penalties."""


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        exit_code: of the process.
        stdout: standard output.
        stderr: standard error.
    """

    exit_code: int
    stdout: str
    stderr: str

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON in the last line of standard output."""
        return json.loads(self.stdout.splitlines()[-1])


def zeroskew(*arguments: object) -> Run:
    """Runs `zeroskew` with these arguments and waits for it."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def versions(output: Path) -> list[Path]:
    """Returns everything in the serving folder of an output folder, hidden files included."""
    return sorted((output / "serving").iterdir())


def write_trips(target: Path, change: Any, rows: int = 15_002) -> Path:
    """Writes the first trips of the built-in data as CSV, each row passed through `change`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    (source,) = locate(DataSettings()).files
    with source.open(newline="") as stream, target.open("w", newline="") as out:
        reader = csv.DictReader(stream)
        writer = csv.DictWriter(out, reader.fieldnames or [])
        writer.writeheader()
        for number, row in zip(range(rows), reader, strict=False):
            writer.writerow(change(number, row))
    return target
