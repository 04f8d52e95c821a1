"""The use cases by which the model's quality is judged, and what each is held against."""

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.boosting import boost_delays, boost_tips
from benchmarks.logistic import learn_sentiment, learn_sources
from benchmarks.metrics import Measured
from benchmarks.processes import REPOSITORY
from benchmarks.stock_taxi import data_file

EXAMPLES = REPOSITORY / "examples"
FIRST_EVAL_SECOND = int(pd.Timestamp("2016-01-01", tz="UTC").timestamp())

Reference = Callable[[pd.DataFrame, pd.DataFrame, int], Measured]
"""Learns from the train rows, with a seed, and is measured on the eval rows."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One use case, and one way to split its rows.

    Attributes:
        title: what it is, and how it is split.
        reference: what the pipeline is held against.
        against: the reference's name.
        options: given an empty folder, those of `zeroskew run`.
    """

    title: str
    reference: Reference
    against: str
    options: Callable[[Path], list[str]]


def _years(folder: Path) -> list[str]:
    """Writes the trips to `train/trips.csv` (before 2016) and `eval/trips.csv` (2016).

    Values are copied as text, so that whole numbers beside empty fields stay whole.
    """
    trips = pd.read_csv(data_file(), dtype=str, keep_default_na=False)
    is_eval = trips["trip_start_timestamp"].astype(int) >= FIRST_EVAL_SECOND
    for split, rows in (("train", trips[~is_eval]), ("eval", trips[is_eval])):
        (folder / split).mkdir(parents=True)
        rows.to_csv(folder / split / "trips.csv", index=False)
    return ["--data", str(folder), "--set", "data.split=folders"]


def _example(name: str, data: Path) -> Callable[[Path], list[str]]:
    def options(folder: Path) -> list[str]:
        del folder
        if not data.exists():
            fetch = data.parent / "fetch.py"
            subprocess.run([sys.executable, str(fetch)], check=True, stdout=sys.stderr)
        return ["--config", str(EXAMPLES / name / "settings.yaml")]

    return options


CASES = {
    "taxi": Case("taxi: a yes or no; split by hash", boost_tips, "boosting", lambda folder: []),
    "years": Case("taxi: trained before 2016, evaluated on 2016", boost_tips, "boosting", _years),
    "flights": Case(
        "flights: a number, and dates; split by day",
        boost_delays,
        "boosting",
        _example("flights", EXAMPLES / "flights" / "flights.csv"),
    ),
    "sources": Case(
        "sources: four classes of texts; split by document",
        learn_sources,
        "logistic",
        _example("sources", EXAMPLES / "sentiment" / "sentences.csv"),
    ),
    "sentiment": Case(
        "sentiment: a yes or no of texts; split by document",
        learn_sentiment,
        "logistic",
        _example("sentiment", EXAMPLES / "sentiment" / "sentences.csv"),
    ),
}
