"""`zeroskew init --yes` and a run, against gradient boosting with its defaults on the same rows.

What somebody gets who points this project at a table and writes no line. Nothing in the project
knows these tables.

Usage::

    python -m benchmarks.own_table [--table iris diamonds] [--seed 1] [--json FILE]

Fetches the tables. Nothing is asserted.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import processes
from benchmarks.boosting import boost_table
from benchmarks.metrics import Measured
from benchmarks.ours import run_ours
from benchmarks.public_tables import TABLES, PublicTable
from benchmarks.split_rows import read_splits
from zeroskew.errors import ZeroskewError

FALLS = ("rmse",)
"""The metrics that are better the lower they are."""


@dataclasses.dataclass(frozen=True)
class Result:
    """Both models of a table, learned from the same rows and measured on the same others.

    Attributes:
        table: a key of `TABLES`.
        rows: of the train and of the eval split.
        init: seconds of `zeroskew init`.
        run: seconds of `zeroskew run`.
        metric: the one by which they are compared.
        ours: this project's.
        boosting: gradient boosting's.
        standard_error: of the latter, as so many eval rows tell it.
        blessed: whether our model was blessed.
    """

    table: str
    rows: tuple[int, int]
    init: float
    run: float
    metric: str
    ours: float
    boosting: float
    standard_error: float
    blessed: bool

    @property
    def ahead(self) -> float:
        """How much better ours is, in standard errors."""
        gain = self.ours - self.boosting
        return (-gain if self.metric in FALLS else gain) / max(self.standard_error, 1e-9)


def measure(name: str, seed: int, folder: Path) -> Result:
    """Runs what a newcomer would, then teaches the trees the rows that the run read.

    Args:
        name: a key of `TABLES`.
        seed: random seed of both.
        folder: an empty folder.

    Raises:
        StepError: `init` or the run failed.
    """
    table: PublicTable = TABLES[name]
    file = folder / f"{name}.csv"
    table.write(file)
    case = folder / "case"
    options = [str(file), "--label", table.label, "--output", str(case), "--yes"]
    command = [sys.executable, "-m", "pipeline", "init", *options]
    init = processes.run(command, processes.REPOSITORY, folder / "init.log")
    result = run_ours(folder, ["--config", str(case / "settings.yaml"), "--seed", str(seed)])
    train, evaluation = read_splits(result)
    reference: Measured = boost_table(table, train, evaluation, seed)
    metric, boosting = next(iter(reference.metrics.items()))
    return Result(
        table=name,
        rows=(len(train), len(evaluation)),
        init=init.seconds,
        run=result.seconds,
        metric=metric,
        ours=result.metrics[metric],
        boosting=boosting,
        standard_error=reference.standard_error,
        blessed=result.blessed,
    )


def print_header(table: Table) -> None:
    """Adds the columns of `print_row`."""
    for column in ("table", "rows", "init", "run", "metric", "ours", "boosting", "SE", "ahead", ""):
        table.add_column(column, justify="left" if column in ("table", "metric") else "right")


def print_row(table: Table, one: Result) -> None:
    """Adds a result."""
    numbers = (one.ours, one.boosting, one.standard_error)
    table.add_row(
        one.table,
        f"{sum(one.rows):,}",
        f"{one.init:.0f} s",
        f"{one.run:.0f} s",
        one.metric,
        *(f"{number:.4g}" for number in numbers),
        f"{one.ahead:+.1f} SE",
        "blessed" if one.blessed else "refused",
    )


def main() -> None:
    """Measures the tables, and prints one line for each."""
    parser = argparse.ArgumentParser(description="Measure what `init` makes of public tables.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--table", choices=tuple(TABLES), nargs="+", default=list(TABLES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    options = parser.parse_args()
    console = Console(width=100)
    console.print(processes.machine_line())
    results = []
    for name in options.table:
        with tempfile.TemporaryDirectory(prefix="own-table-") as folder:
            try:
                results.append(measure(name, options.seed, Path(folder)))
            except ZeroskewError as error:
                sys.exit(str(error))
        console.print(f"{name}: {results[-1].ahead:+.1f} standard errors", highlight=False)
    shown = Table(title="what `zeroskew init --yes` and a run make of a table", pad_edge=False)
    print_header(shown)
    for one in results:
        print_row(shown, one)
    console.print(shown)
    if options.json:
        found = [{**dataclasses.asdict(one), "ahead": one.ahead} for one in results]
        options.json.write_text(json.dumps({"machine": processes.machine(), "tables": found}))


if __name__ == "__main__":
    main()
