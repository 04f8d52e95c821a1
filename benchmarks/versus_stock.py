"""This pipeline against the taxi template that TFX ships: wall time and quality, in one run.

Usage::

    python -m benchmarks.versus_stock [--runs 3] [--same-split] [--stock-features shipped|all]
        [--json FILE]

Both are whole processes on the same 15,002 trips, from a fresh folder, in turns. The first pair
only warms the file caches and is not counted. The stock template evaluates on a third of the rows;
with `--same-split` ours does so too, on the same ones. Nothing is asserted.
"""

import argparse
import dataclasses
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.ours import OurResult
from benchmarks.pairs import Pair, run_pair
from benchmarks.processes import machine, machine_line
from benchmarks.stock_taxi import StockResult
from zeroskew.errors import ZeroskewError

_SHARED_METRICS = ("auc", "accuracy")


def numbers(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Returns everything measured, for `--json`; times in seconds."""
    return {
        "machine": machine(),
        "ratio_median": statistics.median(pair.ratio for pair in pairs),
        "pairs": [
            {
                "ratio": pair.ratio,
                "load": pair.load,
                "stock": dataclasses.asdict(pair.stock),
                "ours": dataclasses.asdict(pair.ours),
            }
            for pair in pairs
        ],
    }


def main_table(pairs: Sequence[Pair]) -> Table:
    """Lays out wall time and quality side by side."""
    stock, ours = [pair.stock for pair in pairs], [pair.ours for pair in pairs]
    table = Table(title=f"15,002 taxi trips, whole process, counted runs of each: {len(pairs)}")
    table.add_column("")
    for title in ("stock template", "ours", "ours / stock"):
        table.add_column(title, justify="right")
    for name, pick in (("min", min), ("median", statistics.median), ("max", max)):
        table.add_row(
            f"wall time, {name}",
            *(f"{pick(run.seconds for run in runs):.1f} s" for runs in (stock, ours)),
            f"{pick(pair.ratio for pair in pairs):.2f}",
        )
    table.add_section()
    for metric in _SHARED_METRICS:
        table.add_row(f"{metric}, median", _median(stock, metric), _median(ours, metric), "")
    table.add_row("eval rows", _rows(stock), _rows(ours), "")
    table.add_row("blessed", _blessed(stock), _blessed(ours), "")
    table.caption = "ours / stock: of the ratios pair by pair; below 1 is faster"
    return table


def _median(runs: Sequence[StockResult] | Sequence[OurResult], metric: str) -> str:
    return f"{statistics.median(run.metrics[metric] for run in runs):.3f}"


def _rows(runs: Sequence[StockResult] | Sequence[OurResult]) -> str:
    rows = runs[0].metrics.get("rows")
    return "" if rows is None else f"{rows:,.0f}"


def _blessed(runs: Sequence[StockResult] | Sequence[OurResult]) -> str:
    return f"{sum(run.blessed for run in runs)} of {len(runs)}"


def steps_table(title: str, runs: Sequence[StockResult] | Sequence[OurResult]) -> Table:
    """Lays out the median seconds of each step."""
    table = Table("step", title=title)
    table.add_column("median", justify="right")
    for step in runs[0].step_seconds:
        measured = [run.step_seconds[step] for run in runs if step in run.step_seconds]
        table.add_row(step, f"{statistics.median(measured):.1f} s")
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measure this pipeline against TFX's taxi template."
    )
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each (default 3)")
    parser.add_argument("--same-split", action="store_true", help="ours on the template's split")
    parser.add_argument(
        "--stock-features",
        choices=("shipped", "all"),
        default="shipped",
        help="the template's features: as shipped, or with its proposals un-commented",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    return options


def _measure(options: argparse.Namespace, console: Console) -> list[Pair]:
    pairs: list[Pair] = []
    for number in range(options.runs + 1):
        pair = run_pair(
            ours_first=number % 2 == 1,
            all_features=options.stock_features == "all",
            same_split=options.same_split,
        )
        name = f"run {number}" if number else "warm-up"
        console.print(
            f"{name}: stock {pair.stock.seconds:.1f} s, ours {pair.ours.seconds:.1f} s, "
            f"ratio {pair.ratio:.2f}, load before {pair.load:.1f}"
        )
        if number:
            pairs.append(pair)
    return pairs


def main() -> None:
    """Measures, and prints the tables."""
    options = _options()
    console = Console()
    console.print(machine_line())
    try:
        pairs = _measure(options, console)
    except ZeroskewError as error:
        sys.exit(str(error))
    console.print(main_table(pairs))
    console.print(steps_table("ours, step by step", [pair.ours for pair in pairs]))
    console.print(steps_table("stock template, step by step", [pair.stock for pair in pairs]))
    if options.json:
        options.json.write_text(json.dumps(numbers(pairs), indent=2, default=str) + "\n")


if __name__ == "__main__":
    main()
