"""StatisticsGen against TFX's own, on the same examples, in one run.

Usage::

    python -m benchmarks.statistics [--rows 1000000] [--varied]

The examples are the trips inside TFX's package, repeated; with `--varied`, trips with numbers of
their own. This project's ExampleGen writes them. Each StatisticsGen runs in a process of its own
and is timed without the imports; afterwards the statistics are compared, field by field.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from benchmarks import processes, trips
from benchmarks.statistics_difference import Difference, find_differences
from benchmarks.stock_taxi import data_file
from data_ingestion.examples.intake import take_in
from data_ingestion.readers.source import SPLITS
from data_ingestion.settings import DataSettings
from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.files import list_folder

PROBE = (sys.executable, "-m", "benchmarks.statistics_probe")
_FILES = 8


def write_examples(folder: Path, rows: int, *, varied: bool) -> dict[str, int]:
    """Writes examples below `folder`; returns the rows by split."""
    with tempfile.TemporaryDirectory(dir=folder) as source:
        if varied:
            trips.write_csv(Path(source), rows, _FILES)
        else:
            _repeat(data_file(), Path(source, "trips.csv"), rows)
        folders = {name: str(_split(folder, name)) for name in SPLITS}
        data = DataSettings(path=source)
        return take_in(data, None, folders, str(folder / "report")).examples


def _repeat(file: Path, target: Path, rows: int) -> None:
    header, *lines = file.read_bytes().splitlines(keepends=True)
    with target.open("wb") as stream:
        stream.write(header)
        for start in range(0, rows, len(lines)):
            stream.writelines(lines[: rows - start])


def compare(examples: Path, expected: Path, received: Path) -> list[Difference]:
    """Returns where two statistics of the same examples differ by more than they may."""
    from tensorflow_metadata.proto.v0 import statistics_pb2

    found: list[Difference] = []
    for split in SPLITS:
        one, other = (
            statistics_pb2.DatasetFeatureStatisticsList.FromString(
                Path(_split(folder, split), "FeatureStats.pb").read_bytes()
            )
            for folder in (expected, received)
        )
        found += find_differences(one, other, _batches(_split(examples, split)))
    return found


def _batches(folder: Path) -> Iterator[pa.RecordBatch]:
    for file in sorted(list_folder(str(folder))):
        yield from read_record_batches(file)


def _split(folder: Path, name: str) -> Path:
    return folder / f"Split-{name}"


def main() -> None:
    """Measures, and prints the table and the differences."""
    parser = argparse.ArgumentParser(description="Measure StatisticsGen against TFX's own.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="default 1000000")
    parser.add_argument("--varied", action="store_true", help="rows that do not repeat")
    options = parser.parse_args()
    console = Console()
    console.print(processes.machine_line())
    with tempfile.TemporaryDirectory(prefix="statistics-") as name:
        folder = Path(name)
        rows = sum(write_examples(folder, options.rows, varied=options.varied).values())
        table = Table("", "seconds", "rows/s", "peak MiB")
        seconds = {}
        for which in ("stock", "ours"):
            command = [*PROBE, which, str(folder), str(folder / which)]
            log = folder / f"{which}.log"
            found = processes.run(command, processes.REPOSITORY, log).last_json()
            seconds[which] = found["seconds"]
            rate = f"{rows / found['seconds']:,.0f}"
            table.add_row(which, f"{found['seconds']:.2f}", rate, f"{found['peak_mib']:,.0f}")
        console.print(table)
        console.print(f"{rows:,} rows; {seconds['stock'] / seconds['ours']:.1f} times faster")
        differences = compare(folder, folder / "stock", folder / "ours")
        console.print(f"{len(differences)} fields differ by more than they may")
        for difference in differences:
            console.print(difference)


if __name__ == "__main__":
    main()
