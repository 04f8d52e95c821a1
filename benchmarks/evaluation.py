"""TrivialBaselines and Parity against pandas and scikit-learn, on the same rows, in one run.

Usage::

    python -m benchmarks.evaluation [--rows 1000000]

The rows are drawn trips, four of five in the train split. Baselines read both splits; Parity reads
the eval split, raw and transformed. Each way runs in a process of its own, without its start.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import processes

PROBE = (sys.executable, "-m", "benchmarks.evaluation_probe")
DATA = (sys.executable, "-m", "benchmarks.evaluation_data")
STEPS = {"baselines": ("train", "eval"), "parity": ("eval",)}
"""Each step, and the splits that it reads."""


def largest_difference(one: list[list[Any]], other: list[list[Any]]) -> float:
    """Returns by how much the accuracy or AUC of a rule differs at most."""
    return max(
        abs(left - right)
        for mine, theirs in zip(one, other, strict=True)
        for left, right in zip(mine[1:], theirs[1:], strict=True)
    )


def main() -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(description="Measure TrivialBaselines and Parity.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="default 1000000")
    options = parser.parse_args()
    console = Console()
    console.print(processes.machine_line())
    with tempfile.TemporaryDirectory(prefix="evaluation-") as name:
        folder = Path(name)
        command = [*DATA, name, str(options.rows)]
        splits = processes.run(command, processes.REPOSITORY, folder / "data.log").last_json()
        table = Table("", "rows", "seconds", "rows/s", "MiB at start", "peak MiB", "ratio")
        for step, read in STEPS.items():
            rows = sum(splits[split] for split in read)
            found = {}
            for way in ("plain", "ours"):
                command = [*PROBE, step, way, name]
                log = folder / f"{step}-{way}.log"
                found[way] = processes.run(command, processes.REPOSITORY, log).last_json()
                one = found[way]
                table.add_row(
                    f"{step}, {way}",
                    f"{rows:,}",
                    f"{one['seconds']:.2f}",
                    f"{rows / one['seconds']:,.0f}",
                    f"{one['base_mib']:,.0f}",
                    f"{one['peak_mib']:,.0f}",
                    f"{one['seconds'] / found['plain']['seconds']:.2f}",
                )
            if found["ours"]["scores"]:
                difference = largest_difference(found["ours"]["scores"], found["plain"]["scores"])
        console.print(table)
        console.print(f"the scores of the baselines differ by {difference:.1e} at most")


if __name__ == "__main__":
    main()
