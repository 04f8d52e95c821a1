"""A whole run on many rows, step by step, against the taxi template of TFX on the same rows.

Usage::

    python -m benchmarks.scale [--rows 1000000] [--ours-only] [--json FILE]

The rows are trips that `benchmarks.trips` draws, in one CSV file. The template has all of its steps
and all of its features on; it trains 1,000 steps of 200 rows, however many rows there are, and
evaluates on a third of them, ours on a fifth. Nothing is asserted.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.ours import OurResult, run_ours
from benchmarks.processes import machine, machine_line
from benchmarks.stock_taxi import StockResult, run_stock
from benchmarks.trips import write_csv
from zeroskew.errors import ZeroskewError

_STOCK_NAMES = {"ExampleGen": "CsvExampleGen", "CuratedSchema": "ImportSchemaGen"}
_MIB = 1 << 20
_NOTICEABLE = 0.1
"""Seconds; a step that takes less has not read the rows."""


def table(rows: int, ours: OurResult, stock: StockResult | None) -> Table:
    """Lays out the steps of both runs side by side.

    Args:
        rows: of the file.
        ours: the run of this pipeline.
        stock: that of the template, if there is one.
    """
    out = Table(title=f"{rows:,} taxi trips, from CSV to a pushed model")
    out.add_column("step")
    for title in ("ours", "rows/s", "MiB", "stock", "ours / stock"):
        out.add_column(title, justify="right")
    theirs = dict(stock.step_seconds) if stock else {}
    for step, seconds in ours.step_seconds.items():
        other = theirs.pop(_STOCK_NAMES.get(step, step), None)
        out.add_row(step, *_cells(rows, seconds, ours.step_mib.get(step, 0), other))
    for step, other in theirs.items():
        out.add_row(step, "", "", "", f"{other:.1f} s", "")
    out.add_section()
    whole = _cells(rows, ours.seconds, ours.peak_bytes // _MIB, stock.seconds if stock else None)
    out.add_row("whole process", *whole)
    if stock:
        out.add_row("its memory", "", "", "", f"{stock.peak_bytes / _MIB:,.0f} MiB", "")
    out.add_row("AUC", _auc(ours), "", "", _auc(stock) if stock else "", "")
    return out


def _cells(rows: int, ours: float, mib: int, stock: float | None) -> tuple[str, str, str, str, str]:
    speed = f"{rows / ours:,.0f}" if ours >= _NOTICEABLE else ""
    memory = f"{mib:,}" if speed else ""
    if stock is None:
        return f"{ours:.1f} s", speed, memory, "", ""
    ratio = f"{ours / stock:.2f}" if stock else ""
    return f"{ours:.1f} s", speed, memory, f"{stock:.1f} s", ratio


def _auc(result: OurResult | StockResult) -> str:
    return f"{result.metrics['auc']:.3f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the whole pipeline on many rows.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="trips (default 1,000,000)")
    parser.add_argument("--ours-only", action="store_true", help="leave the template out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    return parser.parse_args()


def main() -> None:
    """Runs both, and prints the table."""
    options = _options()
    console = Console()
    console.print(machine_line())
    stock = None
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        folder = Path(name)
        write_csv(folder, options.rows, files=1)
        (data,) = folder.glob("*.csv")
        for part in ("ours", "stock"):
            (folder / part).mkdir()
        try:
            ours = run_ours(folder / "ours", ("--data", str(data)))
            if not options.ours_only:
                stock = run_stock(folder / "stock", all_features=True, data=data)
        except ZeroskewError as error:
            sys.exit(str(error))
    console.print(table(options.rows, ours, stock))
    if options.json:
        numbers = {
            "machine": machine(),
            "rows": options.rows,
            "ours": dataclasses.asdict(ours),
            "stock": dataclasses.asdict(stock) if stock else None,
        }
        options.json.write_text(json.dumps(numbers, indent=2, default=str) + "\n")


if __name__ == "__main__":
    main()
