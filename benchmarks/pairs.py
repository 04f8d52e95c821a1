"""One run of the stock template and one of this pipeline, right after each other."""

import dataclasses
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.ours import OurResult, run_ours
from benchmarks.stock_taxi import StockResult, run_stock

_Result = TypeVar("_Result", OurResult, StockResult)
_STOCK_SPLIT = ("--set", "data.train_parts=2", "--set", "data.eval_parts=1")


@dataclasses.dataclass(frozen=True)
class Pair:
    """One run of each, one right after the other.

    Attributes:
        stock: the template's run.
        ours: this pipeline's run.
        load: the machine's load average over one minute before the pair, in runnable processes.
    """

    stock: StockResult
    ours: OurResult
    load: float

    @property
    def ratio(self) -> float:
        """Wall time of ours divided by that of the stock template; below 1 is faster."""
        return self.ours.seconds / self.stock.seconds


def run_pair(*, ours_first: bool, all_features: bool, same_split: bool) -> Pair:
    """Runs both, each in a fresh folder that is removed afterwards.

    Args:
        ours_first: which one starts; changing it evens out a machine that slows down or speeds up.
        all_features: un-comment the features that the template proposes.
        same_split: let ours train and evaluate on the rows that the template does.

    Raises:
        StepError: one of them failed.
    """
    load = os.getloadavg()[0]

    def stock() -> StockResult:
        return _fresh(lambda folder: run_stock(folder, all_features=all_features))

    def ours() -> OurResult:
        return _fresh(lambda folder: run_ours(folder, _STOCK_SPLIT if same_split else ()))

    if ours_first:
        result = ours()
        return Pair(stock(), result, load)
    return Pair(stock(), ours(), load)


def _fresh(run: Callable[[Path], _Result]) -> _Result:
    with tempfile.TemporaryDirectory(prefix="versus-stock-") as folder:
        return run(Path(folder))
