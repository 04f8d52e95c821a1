"""This pipeline's model against a good simple one on each use case, on the same rows, in one run.

Usage::

    python -m benchmarks.quality [--seeds 1 2 3] [--case taxi flights] [--json FILE]

Fetches the data of the use cases that are not there. Nothing is asserted.
"""

import argparse
import dataclasses
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.metrics import Measured
from benchmarks.ours import run_ours
from benchmarks.processes import machine, machine_line
from benchmarks.quality_cases import CASES
from benchmarks.split_rows import read_splits
from zeroskew.errors import ZeroskewError


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Both models, trained and measured on the same rows.

    Attributes:
        case: a key of `CASES`.
        seed: random seed of both.
        rows: rows of the train and of the eval split.
        ours: metrics of this pipeline's model on the eval split.
        reference: those of what it is held against.
        blessed: whether ours was blessed.
        reasons: why, or why not.
    """

    case: str
    seed: int
    rows: tuple[int, int]
    ours: dict[str, float]
    reference: Measured
    blessed: bool
    reasons: list[str]


def compare(case: str, seed: int, folder: Path) -> Comparison:
    """Runs the pipeline, then teaches the reference the rows that it read.

    Args:
        case: a key of `CASES`.
        seed: random seed of both.
        folder: an empty folder.

    Raises:
        StepError: the pipeline failed, or did not say where its examples lie.
    """
    options = CASES[case].options(folder / "data")
    result = run_ours(folder, [*options, "--seed", str(seed)])
    train, evaluation = read_splits(result)
    reference = CASES[case].reference(train, evaluation, seed)
    ours = {name: result.metrics[name] for name in reference.metrics}
    rows = (len(train), len(evaluation))
    return Comparison(case, seed, rows, ours, reference, result.blessed, result.reasons)


def table(comparisons: Sequence[Comparison]) -> Table:
    """Lays out one use case: a row for each seed and model, then the means."""
    case = CASES[comparisons[0].case]
    (train, evaluation), first = comparisons[0].rows, comparisons[0].reference
    telling, *_ = first.metrics
    result = Table(
        title=f"{case.title}\n{train:,} train rows, {evaluation:,} eval rows; standard error of "
        f"{telling}: {first.standard_error:.4f}"
    )
    for column in ("seed", "model"):
        result.add_column(column)
    for metric in first.metrics:
        result.add_column(metric, justify="right")
    result.add_column("blessed")
    for one in comparisons:
        result.add_row(str(one.seed), "ours", *_cells(one.ours), "yes" if one.blessed else "no")
        result.add_row("", case.against, *_cells(one.reference.metrics))
    result.add_section()
    result.add_row("mean", "ours", *_cells(_mean([one.ours for one in comparisons])))
    means = _mean([one.reference.metrics for one in comparisons])
    result.add_row("", case.against, *_cells(means))
    return result


def _cells(metrics: dict[str, float]) -> list[str]:
    return [f"{value:.4f}" for value in metrics.values()]


def _mean(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.mean(run[name] for run in runs) for name in runs[0]}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the quality of the models.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--case", choices=tuple(CASES), nargs="+", default=list(CASES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    return parser.parse_args()


def _measure(case: str, seeds: Sequence[int]) -> list[Comparison]:
    comparisons = []
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="quality-") as folder:
            comparisons.append(compare(case, seed, Path(folder)))
    return comparisons


def main() -> None:
    """Measures, and prints one table for each use case."""
    options = _options()
    console = Console()
    console.print(machine_line())
    measured: list[Comparison] = []
    for case in options.case:
        try:
            comparisons = _measure(case, options.seeds)
        except ZeroskewError as error:
            sys.exit(str(error))
        console.print(table(comparisons))
        for one in comparisons:
            if not one.blessed:
                console.print(f"seed {one.seed}: {'; '.join(one.reasons)}")
        measured += comparisons
    if options.json:
        numbers = {"machine": machine(), "runs": [dataclasses.asdict(one) for one in measured]}
        options.json.write_text(json.dumps(numbers, indent=2) + "\n")


if __name__ == "__main__":
    main()
