"""`Sequence` against a Keras GRU over arrays that pandas made, in one run.

Usage::

    python -m benchmarks.sequences [--rows 100000] [--epochs 3] [--pooling gru]

Rows hold up to 45 events, of an area and a fare each; the last 30 count. Ours is what Transform and
Trainer do with tf.Examples. The other way is what one writes without it: pandas reads Parquet,
makes ids, scales fares and fills up; Keras masks, and learns embeddings, a GRU and the same layers,
in batches of the same size for as many epochs. Both hold the same share of the rows back. Each runs
in a process of its own; imports do not count.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import processes
from model.feature_engineering.kinds.sequence import POOLINGS

PROBE = (sys.executable, "-m", "benchmarks.sequences_probe")
_STAGES = ("prepare", "train")


def main() -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(description="Measure sequences of events.")
    parser.add_argument("--rows", type=int, default=100_000, help="default 100000")
    parser.add_argument("--epochs", type=int, default=3, help="default 3")
    parser.add_argument("--pooling", choices=POOLINGS, nargs="+", default=["gru", "attention"])
    options = parser.parse_args()
    console = Console()
    console.print(processes.machine_line())
    with tempfile.TemporaryDirectory(prefix="sequences-") as name:
        data = [*PROBE, "data", name, str(options.rows)]
        processes.run(data, processes.REPOSITORY, Path(name, "data.log"))
        found = {}
        for way in (*options.pooling, "keras"):
            command = [*PROBE, way, name, str(options.epochs)]
            log = Path(name, f"{way}.log")
            found[way] = processes.run(command, processes.REPOSITORY, log).last_json()
    table = Table("", *(f"{stage} s" for stage in _STAGES), "both s", "AUC", "ratio")
    usual = sum(found["keras"][stage] for stage in _STAGES)
    for way, one in found.items():
        both = sum(one[stage] for stage in _STAGES)
        table.add_row(
            "pandas, Keras" if way == "keras" else f"Sequence, {way}",
            *(f"{one[stage]:.1f}" for stage in _STAGES),
            f"{both:.1f}",
            f"{one['auc']:.4f}",
            f"{both / usual:.2f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
