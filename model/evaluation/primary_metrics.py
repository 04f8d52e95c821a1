"""What TFMA's metrics are made of, computed on arrays instead of row by row.

TFMA derives its metrics from a few primary computations, each a Beam combiner that takes one row
at a time. For those that the kinds of labels need, the functions here fill the combiner's
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
    example_count,
    mean_regression_error,
    metric_types,
    multi_class_confusion_matrix_metrics,
)


@dataclasses.dataclass(frozen=True)
class Predictions:
    """What a model said of some rows.

    Attributes:
        labels: of shape [rows]: 0 or 1, a number, or the number of a class.
        scores: float32 of shape [rows], or [rows, classes].
        weights: float32 of shape [rows], how much each row counts.
    """

    labels: np.ndarray
    scores: np.ndarray
    weights: np.ndarray

    def take(self, places: np.ndarray) -> "Predictions":
        """Returns the rows at some places."""
        return Predictions(self.labels[places], self.scores[places], self.weights[places])


def not_on_arrays(computation: Any) -> str:
    """Names what stands against computing one of TFMA's computations here; empty if nothing."""
    if isinstance(computation, metric_types.CIDerivedMetricComputation):
        return "a confidence interval"
    if isinstance(computation, metric_types.DerivedMetricComputation):
        return ""
    if not isinstance(computation, metric_types.MetricComputation):
        return f"a {type(computation).__name__}"
    combiner = computation.combiner
    is_count = isinstance(combiner, example_count._ExampleCountCombiner)
    if type(combiner) not in _WAYS or (computation.preprocessors and not is_count):
        return f"the metric {computation.keys[0].name!r}"
    special: tuple[str, ...] = (
        "_class_weights",
        "_aggregation_type",
        "_example_id_key",
    )
    if isinstance(combiner, cross_entropy_metrics._CategoricalCrossEntropyCombiner):
        special = (*special, "_label_smoothing")
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
    weights = rows.weights.astype(np.float64)
    counts, label_sums, score_sums = (
        np.bincount(buckets, one, most + 1) for one in (weights, labels * weights, scores * weights)
    )
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
    weights = rows.weights.astype(np.float64)
    all_rows = float(weights.sum())
    found = {}
    for threshold in matrices._thresholds:
        is_fraction = combiner._enable_fractional_labels
        positive = rows.labels == 1 if is_fraction else rows.labels > threshold
        predicted = rows.scores > threshold
        true_positives, predicted_positives, positives = (
            float(weights @ one) for one in (positive & predicted, predicted, positive)
        )
        matrix = confusion_aggregates.Matrix(
            tp=true_positives,
            tn=all_rows - positives - predicted_positives + true_positives,
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
    return _mean_loss(losses, rows)


def _categorical_cross_entropy(combiner: Any, rows: Predictions) -> Any:
    scores = np.exp(rows.scores) if combiner._from_logits else rows.scores
    chosen = np.take_along_axis(scores, rows.labels[:, np.newaxis], axis=1)[:, 0]
    with np.errstate(divide="ignore"):
        losses = -np.log(chosen / scores.sum(axis=1))
    # TFMA leaves the logarithm of 0 out.
    return _mean_loss(np.where(np.isfinite(losses), losses, 0.0), rows)


def _mean_loss(losses: np.ndarray, rows: Predictions) -> Any:
    weights = rows.weights.astype(np.float64)
    known = weights > 0
    return cross_entropy_metrics._CrossEntropyAccumulator(
        float(losses.astype(np.float64)[known] @ weights[known]), float(weights.sum())
    )


def _class_confusion(combiner: Any, rows: Predictions) -> Any:
    size = rows.scores.shape[1]
    guesses, weights = rows.scores.argmax(axis=1), rows.weights.astype(np.float64)
    best = rows.scores.max(axis=1)
    matrices = multi_class_confusion_matrix_metrics.Matrices()
    for threshold in combiner._thresholds:
        guesses = np.where(best > threshold, guesses, -1)
        cells = rows.labels * (size + 1) + guesses + 1
        seen = np.bincount(cells)
        counts = np.bincount(cells, weights)
        matrices[threshold] = {
            multi_class_confusion_matrix_metrics.MatrixEntryKey(
                int(cell // (size + 1)), int(cell % (size + 1)) - 1
            ): float(counts[cell])
            for cell in np.flatnonzero(seen)
        }
    return matrices


def _absolute_error(combiner: Any, rows: Predictions) -> Any:
    del combiner
    return _mean_error(np.abs(rows.labels.astype(np.float64) - rows.scores), rows)


def _squared_error(combiner: Any, rows: Predictions) -> Any:
    del combiner
    return _mean_error((rows.labels.astype(np.float64) - rows.scores) ** 2, rows)


def _mean_error(errors: np.ndarray, rows: Predictions) -> Any:
    known = ~np.isnan(errors)
    weights = rows.weights.astype(np.float64)[known]
    return mean_regression_error._MeanRegressionErrorAccumulator(
        float(weights.sum()), float(errors[known] @ weights)
    )


def _count(combiner: Any, rows: Predictions) -> float:
    return float(
        rows.weights.astype(np.float64).sum() if combiner._example_weighted else len(rows.labels)
    )


_WAYS: dict[type, Callable[[Any, Predictions], Any]] = {
    calibration_histogram._CalibrationHistogramCombiner: _histogram,
    binary_confusion_matrices._BinaryConfusionMatrixCombiner: _confusion_matrices,
    cross_entropy_metrics._BinaryCrossEntropyCombiner: _cross_entropy,
    cross_entropy_metrics._CategoricalCrossEntropyCombiner: _categorical_cross_entropy,
    example_count._ExampleCountCombiner: _count,
    mean_regression_error._MeanAbsoluteErrorCombiner: _absolute_error,
    mean_regression_error._MeanSquaredErrorCombiner: _squared_error,
    multi_class_confusion_matrix_metrics._MultiClassConfusionMatrixCombiner: _class_confusion,
}
