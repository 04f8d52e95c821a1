"""Evaluator against TFX's own, on the same rows and model, in one run.

Usage::

    python -m benchmarks.evaluator [--rows 250000]

The rows are drawn trips, the slices those of the built-in settings. Each Evaluator runs in a
process of its own and is timed without the imports; afterwards the metrics are compared. TFX's own
takes minutes.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import processes
from model.evaluation.metrics import SliceMetrics, read_metrics

PROBE = (sys.executable, "-m", "benchmarks.evaluator_probe")
ALONE = ""
"""The name that TFMA gives a model without a baseline."""


def largest_difference(one: Sequence[SliceMetrics], other: Sequence[SliceMetrics]) -> float:
    """Returns by how much a metric of a slice differs at most.

    Raises:
        ValueError: the slices, or the metrics of one, are not the same.
    """
    differences = [0.0]
    for mine, theirs in zip(one, other, strict=True):
        if mine.slice != theirs.slice or mine.metrics.keys() != theirs.metrics.keys():
            raise ValueError(f"slices or metrics differ: {mine} and {theirs}")
        differences += [abs(mine.metrics[name] - theirs.metrics[name]) for name in mine.metrics]
    return max(differences)


def main() -> None:
    """Measures, and prints the table and the difference."""
    parser = argparse.ArgumentParser(description="Measure Evaluator against TFX's own.")
    parser.add_argument("--rows", type=int, default=250_000, help="default 250000")
    options = parser.parse_args()
    console = Console()
    console.print(processes.machine_line())
    with tempfile.TemporaryDirectory(prefix="evaluator-") as name:
        folder = Path(name)
        data = [*PROBE, "data", name, str(options.rows)]
        counts = processes.run(data, processes.REPOSITORY, folder / "data.log").last_json()
        rows = sum(counts.values())
        table = Table("", "seconds", "rows/s", "MiB at start", "peak MiB")
        seconds = {}
        for which in ("stock", "ours"):
            command = [*PROBE, which, name, str(folder / which), *counts]
            log = folder / f"{which}.log"
            found = processes.run(command, processes.REPOSITORY, log).last_json()
            seconds[which] = found["seconds"]
            table.add_row(
                which,
                f"{found['seconds']:.2f}",
                f"{rows / found['seconds']:,.0f}",
                f"{found['base_mib']:,.0f}",
                f"{found['peak_mib']:,.0f}",
            )
        stock, ours = (read_metrics(str(folder / which), ALONE) for which in seconds)
    console.print(table)
    console.print(f"{rows:,} rows; {seconds['stock'] / seconds['ours']:.1f} times faster")
    difference = largest_difference(ours, stock)
    console.print(f"the metrics of {len(ours)} slices differ by {difference:.1e} at most")


if __name__ == "__main__":
    main()
