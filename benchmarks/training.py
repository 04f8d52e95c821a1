"""The Trainer against a bare Keras fit, and against the TFX template's input pipeline.

Usage::

    python -m benchmarks.training [--rows 1000000] [--epochs 3]

All train the same network on the same rows, in batches of the same size, for the same number of
epochs, and evaluate after each: ours as the Trainer does it; Keras on NumPy arrays that are in
memory already; and the template's way, in which tf.data parses serialized rows in every epoch. Each
runs in a process of its own; the time is that of the training.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import processes

PROBE = (sys.executable, "-m", "benchmarks.training_probe")
WAYS = ("ours", "keras", "template")


def main() -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(description="Measure the Trainer.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="default 1000000")
    parser.add_argument("--epochs", type=int, default=3, help="default 3")
    options = parser.parse_args()
    console = Console()
    console.print(processes.machine_line())
    with tempfile.TemporaryDirectory(prefix="training-") as name:
        folder = Path(name)
        data = [*PROBE, "data", name, str(options.rows)]
        rows = processes.run(data, processes.REPOSITORY, folder / "data.log").last_json()["rows"]
        found = {}
        for way in WAYS:
            command = [*PROBE, way, name, str(options.epochs)]
            log = folder / f"{way}.log"
            found[way] = processes.run(command, processes.REPOSITORY, log).last_json()
    table = Table("", "seconds", "rows/s", "validation loss", "peak MiB", "ours is faster by")
    for way, one in found.items():
        table.add_row(
            way,
            f"{one['seconds']:.1f}",
            f"{options.epochs * rows / one['seconds']:,.0f}",
            f"{one['validation_loss']:.4f}",
            f"{one['peak_mib']:,.0f}",
            f"{one['seconds'] / found['ours']['seconds']:.2f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
