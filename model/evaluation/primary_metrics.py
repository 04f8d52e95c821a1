"""What TFMA's metrics are made of, computed on arrays instead of row by row.

TFMA derives its metrics from a few primary computations, each a Beam combiner that takes one row
at a time. For those that binary classification needs, the functions here fill the combiner's
accumulator from all rows at once; everything that is derived from it remains TFMA's own code.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from tensorflow_model_analysis.contrib.aggregates import (
    binary_confusion_matrices as confusion_aggregates,
)
from tensorflow_model_analysis.metrics import (
    binary_confusion_matrices,
    calibration_histogram,
    cross_entropy_metrics,
    metric_types,
)


@dataclasses.dataclass(frozen=True)
class Predictions:
    """What a model said of some rows.

    Attributes:
        labels: 0 or 1, of shape [rows].
        scores: float32 of shape [rows].
    """

    labels: np.ndarray
    scores: np.ndarray

    def take(self, places: np.ndarray) -> "Predictions":
        """Returns the rows at some places."""
        return Predictions(self.labels[places], self.scores[places])


def not_on_arrays(computation: Any) -> str:
    """Names what stands against computing one of TFMA's computations here; empty if nothing."""
    if isinstance(computation, metric_types.CIDerivedMetricComputation):
        return "a confidence interval"
    if isinstance(computation, metric_types.DerivedMetricComputation):
        return ""
    if not isinstance(computation, metric_types.MetricComputation):
        return f"a {type(computation).__name__}"
    combiner = computation.combiner
    if type(combiner) not in _WAYS or computation.preprocessors:
        return f"the metric {computation.keys[0].name!r}"
    special = (
        "_class_weights",
        "_aggregation_type",
        "_example_weighted",
        "_example_id_key",
    )
    if any(getattr(combiner, name, None) for name in special):
        return f"the options of {computation.keys[0].name!r}"
    odd = [key for key in computation.keys if key.output_name or key.sub_key]
    return f"the outputs or classes of {odd[0].name!r}" if odd else ""


def compute(computation: Any, predictions: Predictions) -> dict[Any, Any]:
    """Returns what TFMA's computation gives for some rows, one at least, by key."""
    combiner = computation.combiner
    result: dict[Any, Any] = combiner.extract_output(_WAYS[type(combiner)](combiner, predictions))
    return result


def _histogram(combiner: Any, rows: Predictions) -> dict[int, Any]:
    scores, labels = rows.scores.astype(np.float64), rows.labels.astype(np.float64)
    bucketed = scores if combiner._prediction_based_bucketing else labels
    most = combiner._num_buckets + 1
    places = (bucketed - combiner._left) / combiner._range * combiner._num_buckets + 1
    buckets = np.where(places < 0, 0, np.minimum(places, most)).astype(np.int64)
    counts = np.bincount(buckets, minlength=most + 1)
    label_sums, score_sums = (np.bincount(buckets, one, most + 1) for one in (labels, scores))
    return {
        int(bucket): calibration_histogram.Bucket(
            int(bucket),
            float(label_sums[bucket]),
            float(score_sums[bucket]),
            float(counts[bucket]),
        )
        for bucket in np.flatnonzero(counts)
    }


def _confusion_matrices(combiner: Any, rows: Predictions) -> dict[float, Any]:
    matrices = combiner._binary_confusion_matrices
    found = {}
    for threshold in matrices._thresholds:
        is_fraction = combiner._enable_fractional_labels
        positive = rows.labels == 1 if is_fraction else rows.labels > threshold
        predicted = rows.scores > threshold
        true_positives = float(np.count_nonzero(positive & predicted))
        predicted_positives = float(np.count_nonzero(predicted))
        positives = float(np.count_nonzero(positive))
        matrix = confusion_aggregates.Matrix(
            tp=true_positives,
            tn=len(positive) - positives - predicted_positives + true_positives,
            fp=predicted_positives - true_positives,
            fn=positives - true_positives,
        )
        found[threshold] = confusion_aggregates._ThresholdEntry(matrix, [], [], [], [])
    return found


def _cross_entropy(combiner: Any, rows: Predictions) -> Any:
    smoothing = combiner._label_smoothing
    labels = rows.labels * (1.0 - smoothing) + 0.5 * smoothing
    scores = rows.scores
    with np.errstate(divide="ignore", invalid="ignore"):
        if combiner._from_logits:
            tail = np.log(1 + np.exp(-np.abs(scores)))
            losses = np.maximum(scores, 0) - scores * labels + tail
        else:
            losses = -labels * np.log(scores) - (1 - labels) * np.log(1 - scores)
    return cross_entropy_metrics._CrossEntropyAccumulator(
        float(losses.astype(np.float64).sum()), float(len(losses))
    )


_WAYS: dict[type, Callable[[Any, Predictions], Any]] = {
    calibration_histogram._CalibrationHistogramCombiner: _histogram,
    binary_confusion_matrices._BinaryConfusionMatrixCombiner: _confusion_matrices,
    cross_entropy_metrics._BinaryCrossEntropyCombiner: _cross_entropy,
}
