"""What the labels of a split are, counted while the split is read."""

import dataclasses
from collections import Counter
from typing import Any

import numpy as np

from zeroskew.errors import DataError

_SHOWN = 10


@dataclasses.dataclass
class LabelCounts:
    """Counts the labels of one split.

    Attributes:
        label: the label's name.
        split: the split's name.
        rows: how many there are.
        unknown: how many of them have no label, or no weight.
        classes: rows by class; empty if the label is a number.
        least: the smallest label, if it is a number.
        greatest: the largest one.
    """

    label: str
    split: str
    rows: int = 0
    unknown: int = 0
    classes: Counter[Any] = dataclasses.field(default_factory=Counter)
    least: float = np.inf
    greatest: float = -np.inf

    def add(self, labels: np.ndarray, weights: np.ndarray) -> None:
        """Counts a batch: labels and weights of shape [rows], weight 0 where it is not known.

        Raises:
            DataError: a weight is negative.
        """
        if weights.min(initial=0) < 0:
            raise DataError(
                f"the weights of the label {self.label!r} are 0 or more",
                received=f"{weights.min():g} in the {self.split} split",
                action="mend the data; a rule on rows can reject such a row",
            )
        known = labels[weights > 0]
        self.rows += len(labels)
        self.unknown += len(labels) - len(known)
        if known.dtype.kind == "f":
            self.least = min(self.least, float(known.min(initial=np.inf)))
            self.greatest = max(self.greatest, float(known.max(initial=-np.inf)))
        else:
            values, counts = np.unique(known, return_counts=True)
            self.classes.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))

    def check(self, max_missing: float, *, needs_two: bool) -> None:
        """Checks the whole split.

        Args:
            max_missing: share of rows that may lack the label.
            needs_two: whether labels must differ.

        Raises:
            DataError: too many rows lack it, or all are alike.
        """
        if self.unknown > max_missing * self.rows:
            raise DataError(
                f"at most {max_missing:.4g} of a split's rows may lack the label {self.label!r}",
                received=f"{self.unknown:,} of {self.rows:,} rows of the {self.split} split",
                action="mend the data or the label's definition, or raise max_missing_labels",
            )
        if self.unknown == self.rows or (needs_two and not self._differ):
            raise DataError(
                f"the label {self.label!r} must have more than one value in the {self.split} split",
                received=f"{self.rows - self.unknown:,} rows, {self._values()}",
                action="check the label's definition in the features file, or bring more data",
            )

    def to_dict(self, seen: "LabelCounts | None" = None) -> dict[str, Any]:
        """Returns the counts as plain values.

        Args:
            seen: the train split's, to name the classes that it lacks.
        """
        counts: dict[str, Any] = {"rows": self.rows, "unknown": self.unknown}
        if self.classes:
            shown = self.classes.most_common(_SHOWN)
            counts["classes"] = {as_text(one): rows for one, rows in shown}
        if seen is not None:
            lacking = sorted(as_text(one) for one in self.classes.keys() - seen.classes.keys())
            counts["not_in_train"] = lacking[:_SHOWN]
        return counts

    @property
    def _differ(self) -> bool:
        return len(self.classes) > 1 or self.least < self.greatest

    def _values(self) -> str:
        if self.classes:
            return f"all of them {as_text(next(iter(self.classes)))}"
        return f"all of them {self.least:g}" if self.rows > self.unknown else "none with a label"


def as_text(value: Any) -> str:
    """Returns a class as words."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
