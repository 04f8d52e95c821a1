"""Label and lambdas, computed on rows without TensorFlow."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from model.evaluation.label_counts import LabelCounts, as_text
from model.feature_engineering.columns import Column
from model.feature_engineering.expressions import compute
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.origins import pointing_to
from model.rehearsal.arrays import to_arrays
from zeroskew.errors import DataError, FeatureError

_HELD = 100_000


class AllRows:
    """Takes in rows, and says what their label is like; memory does not grow with the rows.

    Args:
        features: the list.
        columns: the schema's columns by name.
    """

    def __init__(self, features: FeatureSet, columns: Mapping[str, Column]) -> None:
        self._features = features
        self._columns = columns
        computed = {name for one in features.features if one.expression for name in one.sources}
        many = {name for name, length in features.lengths.items() if length != 1}
        self._taken = [columns[name] for name in {*features.label.sources, *computed, *many}]
        self._counts: dict[str, LabelCounts] = {}
        self._held: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}

    def add(self, split: str, batch: pa.RecordBatch) -> None:
        """Takes in rows of a split.

        Raises:
            FeatureError: the label, or what a feature computes, fails.
            DataError: a row does not hold as many values as a column takes, or counts less than
                nothing.
        """
        row = to_arrays(batch, self._taken)
        with np.errstate(all="ignore"):
            for feature in self._features.features:
                if feature.expression:
                    with pointing_to(feature.origin):
                        owner = f"feature {feature.name!r}"
                        compute(owner, feature.expression, row, feature.sources)
            with pointing_to(self._features.label.origin):
                labels, weights = self._features.label.plain_labels(row)
        counts = self._counts.setdefault(split, LabelCounts(self._features.label.name, split))
        counts.add(labels, weights)
        held = self._held.setdefault(split, [])
        room = _HELD - sum(len(one) for one, _ in held)
        known = np.flatnonzero(weights > 0)[:room]
        held.append((labels[known], weights[known]))

    def counted(self, split: str) -> int:
        """Returns the rows of a split whose label is known."""
        counts = self._counts.get(split)
        return counts.rows - counts.unknown if counts else 0

    def check_label(self, max_missing: float) -> None:
        """Checks the label of all rows of all splits.

        Args:
            max_missing: share of a split's rows that may lack it.

        Raises:
            FeatureError: too many rows lack it, or nothing can be learned from it.
        """
        for split, counts in self._counts.items():
            needs_two = split == "train" or bool(counts.classes)
            with self._as_feature_error():
                counts.check(max_missing, needs_two=needs_two)
        if "train" in self._counts:
            self.check_head()

    def check_head(self) -> None:
        """Checks that the network's last part can be made for the labels of these rows.

        Raises:
            FeatureError: it cannot, whatever further rows hold.
        """
        counts, label = self._counts["train"], self._features.label
        extremes = np.array([counts.least, counts.greatest])
        if len(counts.classes) > 1 or counts.least < counts.greatest:
            with self._as_feature_error():
                label.head([extremes], [as_text(one) for one in counts.classes], self._columns)

    def trivial_scores(self) -> dict[str, float]:
        """Returns what the rule without any column reaches, by metric; of the first rows if many.

        Nothing if a split has no row with a label.
        """
        if not (self.counted("train") and self.counted("eval")):
            return {}
        (labels, weights), evaluated = (_join(self._held[split]) for split in ("train", "eval"))
        tally = self._features.label.tally(np.zeros(len(labels), np.int64), 1, labels, weights)
        tally.evaluate(np.zeros(len(evaluated[0]), np.int64), *evaluated)
        return tally.scores()

    @contextlib.contextmanager
    def _as_feature_error(self) -> Iterator[None]:
        """Points to the label in what is said of its values."""
        with pointing_to(self._features.label.origin):
            try:
                yield
            except DataError as error:
                raise FeatureError(
                    error.rule, allowed=error.allowed, received=error.received, action=error.action
                ) from error


def _join(parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    labels, weights = (np.concatenate(some) for some in zip(*parts, strict=True))
    return labels, weights
