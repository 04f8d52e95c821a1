"""Two models that were evaluated in different runs, row by row where the rows are the same."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from model.evaluation.answers import RowAnswers, paired
from model.evaluation.estimates import Estimate, difference
from model.evaluation.metrics import CANDIDATE
from model.feature_engineering.labels import Label


@dataclasses.dataclass(frozen=True)
class TwoModels:
    """What the eval rows of two models have in common.

    Attributes:
        first: rows of the first model.
        second: rows of the second model.
        shared: rows of both.
        differences: by metric of the label, the second's value minus the first's with the 95 %
            interval of that difference; empty if the rows are not the same, or have no label.
    """

    first: int
    second: int
    shared: int
    differences: Mapping[str, Estimate]

    @property
    def same_rows(self) -> bool:
        """Whether both were asked exactly the same rows."""
        return self.first == self.second == self.shared


def hold_together(first: RowAnswers, second: RowAnswers, label: Label | None) -> TwoModels:
    """Compares the answers of two models.

    Args:
        first: answers of the first one, in any order.
        second: answers of the second one.
        label: what both predict; None if it is not the same, or not known.
    """
    shared = _count_shared(first.keys, second.keys)
    found = TwoModels(len(first.keys), len(second.keys), shared, {})
    if not found.same_rows or label is None:
        return found
    # Rows of one key have one content, so it does not matter which of them meet.
    orders = [np.argsort(one.keys, kind="stable") for one in (first, second)]
    mine, theirs = (
        one.by_name[CANDIDATE].take(order)
        for one, order in zip((first, second), orders, strict=True)
    )
    before, after = map(label.influences, paired(mine, theirs))
    differences = {name: difference(after[name], before[name]) for name in before if name in after}
    return dataclasses.replace(found, differences=differences)


def _count_shared(first: np.ndarray, second: np.ndarray) -> int:
    one, other = (np.unique(keys, return_counts=True) for keys in (first, second))
    _, here, there = np.intersect1d(one[0], other[0], assume_unique=True, return_indices=True)
    return int(np.minimum(one[1][here], other[1][there]).sum())
