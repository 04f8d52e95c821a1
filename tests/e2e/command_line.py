"""Runs of the real command, each in its own process."""

import csv
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
from made_once import made_once
from zeroskew_command import Run, started

from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings

NO_TRIALS = {"l2_ids": 0, "l1_inputs": 0}
"""Settings of a Trainer that tries no penalties, which would take it as long again."""
FASTER = {f"ZEROSKEW_TRAINER__{name.upper()}": str(value) for name, value in NO_TRIALS.items()}
"""The same as variables."""


def zeroskew(*arguments: object) -> Run:
    """Runs `zeroskew` with these arguments and waits for it."""
    return started(arguments, {**os.environ, **FASTER}, seconds=900)


def taxi_run(factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """Runs the built-in use case, unless another worker has; who looks at it leaves it as it is.

    Returns:
        The output folder, with a space in its path, and the run.
    """

    def make(folder: Path) -> None:
        done = zeroskew("run", "--output", folder / "a run", "--json")
        (folder / "run.json").write_text(json.dumps(dataclasses.asdict(done)), encoding="utf-8")

    folder = made_once(factory, "taxi", make)
    done = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return folder / "a run", Run(**done)


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
