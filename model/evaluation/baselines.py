"""What can be reached without a model: the majority class and rules of one feature.

A model that does not beat them has learned nothing worth serving.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.raw_rows import RawRows, as_floats
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import

sklearn_metrics = lazy_import("sklearn.metrics")

MAX_VALUES = 50
QUANTILE_BUCKETS = 20


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


def score_baselines(
    features: FeatureSet, columns: Mapping[str, Column], train: RawRows, evaluation: RawRows
) -> list[BaselineScore]:
    """Fits every trivial rule on the train split and scores it on the eval split.

    A one-feature rule predicts, for each value of the column, the rate of positive labels that
    the train split shows for it; numbers of many values are cut into quantile buckets first.

    Returns:
        The majority class first, then one rule for each raw column of the feature list.

    Raises:
        DataError: a split has one class only.
    """
    train_label = label_of(features, columns, train, "train")
    eval_label = label_of(features, columns, evaluation, "eval")
    majority = train_label.mean() > 0.5
    scores = [
        BaselineScore("majority class", float((eval_label == majority).mean()), 0.5),
    ]
    for name in features.sources:
        column = columns[name]
        buckets, eval_buckets = _bucketize(train.columns[name], evaluation.columns[name], column)
        rates = _rates(buckets, train_label, eval_buckets)
        scores.append(
            BaselineScore(
                f"{name} alone",
                float(((rates > 0.5) == eval_label).mean()),
                float(sklearn_metrics.roc_auc_score(eval_label, rates)),
            )
        )
    return scores


def label_of(
    features: FeatureSet, columns: Mapping[str, Column], rows: RawRows, split: str
) -> np.ndarray:
    """Computes the labels of raw rows; a boolean array of shape [rows].

    Raises:
        DataError: all rows have the same label, or there is no row.
    """
    values = {name: as_floats(rows.columns[name], columns[name]) for name in features.label.uses}
    label = np.asarray(features.label.compute(values), dtype=bool) if len(rows) else np.empty(0)
    if len(np.unique(label)) < 2:
        raise DataError(
            f"the label {features.label.name!r} must have both classes in each split",
            received=f"{len(rows)} rows in the {split} split, {int(label.sum())} of them positive",
            action="check the label's definition in the features file, or bring more data",
        )
    return label


def best(scores: Sequence[BaselineScore], metric: str) -> BaselineScore:
    """Returns the highest score by `metric`, ``"accuracy"`` or ``"auc"``."""
    return max(scores, key=lambda score: getattr(score, metric))


def _bucketize(
    train: np.ndarray, evaluation: np.ndarray, column: Column
) -> tuple[np.ndarray, np.ndarray]:
    if column.type == "BYTES" or len(np.unique(train)) <= MAX_VALUES:
        return train, evaluation
    numbers, eval_numbers = as_floats(train, column), as_floats(evaluation, column)
    steps = np.linspace(0, 1, QUANTILE_BUCKETS + 1)[1:-1]
    boundaries = np.unique(np.nanquantile(numbers, steps))
    return _digitize(numbers, boundaries), _digitize(eval_numbers, boundaries)


def _digitize(numbers: np.ndarray, boundaries: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(numbers), -1, np.digitize(numbers, boundaries))


def _rates(train: np.ndarray, label: np.ndarray, evaluation: np.ndarray) -> np.ndarray:
    values, positions = np.unique(train, return_inverse=True)
    rates = np.bincount(positions, weights=label) / np.bincount(positions)
    known = dict(zip(_keys(values), rates.tolist(), strict=True))
    return np.array([known.get(key, label.mean()) for key in _keys(evaluation)])


def _keys(values: np.ndarray) -> list[Any]:
    # NaN does not equal itself, so it cannot be looked up.
    return [None if value != value else value for value in values.tolist()]
