"""What can be reached without a model: the majority class and rules of one feature.

A model that does not beat them has learned nothing worth serving.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from model.evaluation.one_column_rule import OneColumnRule
from model.evaluation.sample import Sample, draw_rows
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.raw_rows import RawColumns
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

MAX_HELD_VALUES = 10_000_000
"""Values of all columns together from which the rules are learned: some 100 MB."""


@dataclasses.dataclass(frozen=True)
class BaselineScore:
    """What one trivial rule reaches on the eval split.

    Attributes:
        rule: the rule in words, such as ``payment_type alone``.
        accuracy: fraction of rows it gets right.
        auc: area under its ROC curve.
    """

    rule: str
    accuracy: float
    auc: float


@dataclasses.dataclass
class _LabelCounts:
    """How many rows were seen, and how many of them have a positive label."""

    rows: int = 0
    positives: int = 0

    def add(self, label: np.ndarray) -> None:
        self.rows += len(label)
        self.positives += int(label.sum())

    def require_both_classes(self, name: str, split: str) -> None:
        if not 0 < self.positives < self.rows:
            raise DataError(
                f"the label {name!r} must have both classes in each split",
                received=f"{self.rows} rows in the {split} split, "
                f"{self.positives} of them positive",
                action="check the label's definition in the features file, or bring more data",
            )


def score_baselines(
    features: FeatureSet,
    columns: Mapping[str, Column],
    train: Iterable[RawColumns],
    evaluation: Iterable[RawColumns],
    seed: int = 0,
    max_held_values: int = MAX_HELD_VALUES,
) -> tuple[list[BaselineScore], Sample[pa.Table]]:
    """Fits every trivial rule on the train split and scores it on the eval split.

    A one-feature rule predicts, for each value of the column, the rate of positive labels that
    the train split shows for it; numbers of many values are cut into quantile buckets first. Rules
    are learned from a sample of the train rows and scored on all eval rows.

    Args:
        features: the feature list.
        columns: the schema's columns by name.
        train: the train split's batches.
        evaluation: the eval split's batches.
        seed: of the sample.
        max_held_values: size of the sample, in rows times columns.

    Returns:
        The majority class first, then one rule for each raw column of the feature list; and the
        sample of train rows.

    Raises:
        DataError: a split has one class only.
    """
    seen, counts = _LabelCounts(), _LabelCounts()
    held = max(1, max_held_values // (len(features.sources) + 1))
    labelled = _with_labels(features, columns, train, seen)
    sample = draw_rows(labelled, held, seed, _join)
    seen.require_both_classes(features.label.name, "train")
    rules = _learn(sample.rows, features, columns, seen.positives / seen.rows)
    for batch in evaluation:
        label = label_of(features, columns, batch)
        counts.add(label)
        for name, rule in rules.items():
            rule.evaluate(batch[name], label)
    counts.require_both_classes(features.label.name, "eval")
    positive = seen.positives / seen.rows > 0.5
    right = counts.positives if positive else counts.rows - counts.positives
    scores = [BaselineScore("majority class", right / counts.rows, 0.5)]
    for name, rule in rules.items():
        scores.append(BaselineScore(f"{name} alone", rule.accuracy(), rule.auc()))
    return scores, sample


def label_of(features: FeatureSet, columns: Mapping[str, Column], rows: RawColumns) -> np.ndarray:
    """Computes the labels of raw rows; a boolean array of shape [rows]."""
    row = {name: tf.constant(rows[name], columns[name].dtype) for name in features.label.uses}
    return features.label.transform(row).numpy().astype(bool)


def best(scores: Sequence[BaselineScore], metric: str) -> BaselineScore:
    """Returns the highest score by `metric`, ``"accuracy"`` or ``"auc"``."""
    return max(scores, key=lambda score: getattr(score, metric))


def _with_labels(
    features: FeatureSet,
    columns: Mapping[str, Column],
    batches: Iterable[RawColumns],
    counts: _LabelCounts,
) -> Iterator[pa.Table]:
    """Yields the columns that features read and, last, the label; counts the labels."""
    for batch in batches:
        label = label_of(features, columns, batch)
        counts.add(label)
        arrays = [_to_arrow(batch[name], columns[name]) for name in features.sources]
        names = [*features.sources, features.label.name]
        yield pa.Table.from_arrays([*arrays, pa.array(label)], names)


def _to_arrow(values: np.ndarray, column: Column) -> pa.Array:
    # Arrow's words take a third of the memory that objects of Python do.
    return pa.array(values, pa.large_binary() if column.type == "BYTES" else None)


def _join(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).combine_chunks()


def _learn(
    sample: Any, features: FeatureSet, columns: Mapping[str, Column], base_rate: float
) -> dict[str, OneColumnRule]:
    # By place, for the label may have the name of a column.
    *values, label = (_one_chunk(column) for column in sample.columns)
    positive = label.to_numpy(zero_copy_only=False)
    return {
        name: OneColumnRule(array, positive, base_rate, columns[name])
        for name, array in zip(features.sources, values, strict=True)
    }


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    (chunk,) = column.chunks
    return chunk
