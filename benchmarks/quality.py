"""This pipeline's model against gradient boosting, on the same rows, in one run.

Usage::

    python -m benchmarks.quality [--seeds 1 2 3] [--setting hash years] [--json FILE]

Two settings: `hash` is the pipeline's default split; `years` trains on trips before 2016 and
evaluates on 2016. Nothing is asserted.
"""

import argparse
import dataclasses
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.boosting import boost, read_splits
from benchmarks.metrics import METRICS
from benchmarks.ours import run_ours
from benchmarks.processes import machine, machine_line
from benchmarks.stock_taxi import data_file
from zeroskew.errors import ZeroskewError

FIRST_EVAL_SECOND = int(pd.Timestamp("2016-01-01", tz="UTC").timestamp())
SETTINGS = {
    "hash": "default hash split",
    "years": "trained before 2016, evaluated on 2016",
}


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Both models, trained and measured on the same rows.

    Attributes:
        setting: a key of `SETTINGS`.
        seed: random seed of both.
        rows: rows of the train and of the eval split.
        ours: metrics of this pipeline's model on the eval split.
        boosting: metrics of gradient boosting on the eval split.
        blessed: whether ours was blessed.
    """

    setting: str
    seed: int
    rows: tuple[int, int]
    ours: dict[str, float]
    boosting: dict[str, float]
    blessed: bool


def write_years(folder: Path) -> None:
    """Writes the trips to `train/trips.csv` (before 2016) and `eval/trips.csv` (2016).

    Values are copied as text, so that whole numbers beside empty fields stay whole.
    """
    trips = pd.read_csv(data_file(), dtype=str, keep_default_na=False)
    is_eval = trips["trip_start_timestamp"].astype(int) >= FIRST_EVAL_SECOND
    for split, rows in (("train", trips[~is_eval]), ("eval", trips[is_eval])):
        (folder / split).mkdir(parents=True)
        rows.to_csv(folder / split / "trips.csv", index=False)


def compare(setting: str, seed: int, folder: Path) -> Comparison:
    """Runs the pipeline, then boosts on the rows that it read.

    Args:
        setting: a key of `SETTINGS`.
        seed: random seed of both.
        folder: an empty folder.

    Raises:
        StepError: the pipeline failed, or did not say where its examples lie.
    """
    flags = ["--seed", str(seed)]
    if setting == "years":
        write_years(folder / "years")
        flags += ["--data", str(folder / "years"), "--set", "data.split=folders"]
    result = run_ours(folder, flags)
    train, evaluation = read_splits(result)
    return Comparison(
        setting=setting,
        seed=seed,
        rows=(len(train), len(evaluation)),
        ours={name: result.metrics[name] for name in METRICS},
        boosting=boost(train, evaluation, seed),
        blessed=result.blessed,
    )


def table(setting: str, comparisons: Sequence[Comparison]) -> Table:
    """Lays out one setting: a row for each seed and model, then the means."""
    train, evaluation = comparisons[0].rows
    result = Table(title=f"{SETTINGS[setting]}\n{train:,} train rows, {evaluation:,} eval rows")
    for column in ("seed", "model"):
        result.add_column(column)
    for metric in METRICS:
        result.add_column(metric, justify="right")
    for one in comparisons:
        result.add_row(str(one.seed), "ours", *_cells(one.ours))
        result.add_row("", "boosting", *_cells(one.boosting))
    result.add_section()
    result.add_row("mean", "ours", *_cells(_mean([one.ours for one in comparisons])))
    result.add_row("", "boosting", *_cells(_mean([one.boosting for one in comparisons])))
    return result


def _cells(metrics: dict[str, float]) -> list[str]:
    return [f"{metrics[name]:.4f}" for name in METRICS]


def _mean(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.mean(run[name] for run in runs) for name in METRICS}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure this pipeline against gradient boosting.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--setting", choices=tuple(SETTINGS), nargs="+", default=list(SETTINGS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    return parser.parse_args()


def _measure(setting: str, seeds: Sequence[int]) -> list[Comparison]:
    comparisons = []
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="quality-") as folder:
            comparisons.append(compare(setting, seed, Path(folder)))
    return comparisons


def main() -> None:
    """Measures, and prints one table for each setting."""
    options = _options()
    console = Console()
    console.print(machine_line())
    measured: list[Comparison] = []
    for setting in options.setting:
        try:
            comparisons = _measure(setting, options.seeds)
        except ZeroskewError as error:
            sys.exit(str(error))
        console.print(table(setting, comparisons))
        measured += comparisons
    if options.json:
        numbers = {"machine": machine(), "runs": [dataclasses.asdict(one) for one in measured]}
        options.json.write_text(json.dumps(numbers, indent=2) + "\n")


if __name__ == "__main__":
    main()
