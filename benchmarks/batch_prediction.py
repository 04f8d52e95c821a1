"""`zeroskew predict --output` against a loop over the model and TFX's BulkInferrer, in one run.

Usage::

    python -m benchmarks.batch_prediction [--rows 100000] [--model FOLDER]

The rows are drawn trips. `zeroskew predict` and the loop read them as one CSV file, BulkInferrer as
gzipped tf.Examples in one split, which are written off the clock. The loop calls the model with 32
rows at a time, as many a service does, on columns that pandas has read. The model is that of the
built-in use case, which is trained first unless one is given. The first clock runs from reading to
the written file; BulkInferrer loads the model within it, the others before. Nothing is asserted.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import processes
from benchmarks.ours import run_ours
from benchmarks.trips import write_csv
from model.serving.blessed import SAVED_MODEL
from zeroskew.versions import list_versions

PROBE = (sys.executable, "-m", "benchmarks.batch_prediction_probe")
COMMAND = (sys.executable, "-m", "pipeline", "predict", "--json")
_MIB = 1 << 20


def train(folder: Path) -> Path:
    """Trains the built-in model; returns its folder."""
    folder.mkdir()
    run_ours(folder)
    serving = folder / "output" / "serving"
    return serving / str(list_versions(str(serving), SAVED_MODEL)[-1])


def measure(way: str, folder: Path, data: Path, model: Path) -> dict[str, Any]:
    """Runs one way; returns its `seconds`, those of its whole process, and its `mib` at most."""
    command = [*PROBE, way, str(folder), str(data), str(model)]
    if way == "ours":
        output = str(folder / "ours.parquet")
        command = [*COMMAND, "--rows", str(data), "--model", str(model), "--output", output]
    done = processes.run(command, processes.REPOSITORY, folder / f"{way}.log")
    return {
        "seconds": done.last_json()["seconds"],
        "whole": done.seconds,
        "mib": done.peak_bytes // _MIB,
        "mean": mean(folder, way),
    }


def mean(folder: Path, way: str) -> float:
    """Returns the mean probability that a way has written."""
    done = processes.run(
        [*PROBE, f"mean-{way}", str(folder)], processes.REPOSITORY, folder / "mean.log"
    )
    return float(done.last_json()["mean"])


def main() -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(description="Measure batch prediction.")
    parser.add_argument("--rows", type=int, default=100_000, help="default 100000")
    parser.add_argument("--model", type=Path, help="a pushed model of the built-in use case")
    options = parser.parse_args()
    console = Console()
    console.print(processes.machine_line())
    with tempfile.TemporaryDirectory(prefix="batch-prediction-") as name:
        folder = Path(name)
        model = options.model.resolve() if options.model else train(folder / "run")
        write_csv(folder, options.rows, files=1)
        (data,) = folder.glob("*.csv")
        command = [*PROBE, "examples", name, str(data), str(model)]
        processes.run(command, processes.REPOSITORY, folder / "examples.log")
        found = {way: measure(way, folder, data, model) for way in ("ours", "loop", "bulk")}
    table = Table("", "seconds", "rows/s", "times the loop", "whole process", "peak MiB", "mean")
    for way, one in found.items():
        table.add_row(
            way,
            f"{one['seconds']:.2f}",
            f"{options.rows / one['seconds']:,.0f}",
            f"{found['loop']['seconds'] / one['seconds']:.1f}",
            f"{one['whole']:.1f} s",
            f"{one['mib']:,}",
            f"{one['mean']:.6f}",
        )
    console.print(table)
    ratio = found["bulk"]["seconds"] / found["ours"]["seconds"]
    console.print(f"{options.rows:,} rows; ours is {ratio:.0f} times as fast as BulkInferrer")


if __name__ == "__main__":
    main()
