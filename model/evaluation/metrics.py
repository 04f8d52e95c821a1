"""TFMA: what is measured, and reading what was measured."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tensorflow_model_analysis.proto import config_pb2

from zeroskew.lazy import lazy_import

tfma = lazy_import("tensorflow_model_analysis")

CALIBRATION_BUCKETS = 15
CANDIDATE = "candidate"
BASELINE = "baseline"
OVERALL = "all rows"

_METRICS = {
    "auc": ("AUC", {}),
    "auc_precision_recall": ("AUCPrecisionRecall", {}),
    "accuracy": ("BinaryAccuracy", {}),
    "log_loss": ("BinaryCrossEntropy", {}),
    "calibration": ("CalibrationPlot", {"num_buckets": CALIBRATION_BUCKETS}),
}


@dataclasses.dataclass(frozen=True)
class SliceMetrics:
    """What was measured on one slice.

    Attributes:
        slice: ``"all rows"``, or column and value such as ``"payment_type=Cash"``.
        metrics: `auc`, `auc_precision_recall`, `accuracy`, `log_loss`, `ece` (expected
            calibration error over 15 equal-width bins), `mean_label`, `mean_prediction`, `rows`.
            A slice whose rows all have one class has no `auc` and no `auc_precision_recall`.
    """

    slice: str
    metrics: Mapping[str, float]


def eval_config(label: str, slices: Sequence[str]) -> config_pb2.EvalConfig:
    """Builds the configuration of the Evaluator.

    Args:
        label: name of the label among the transformed features.
        slices: raw columns; each value of each is measured on its own.
    """
    shared = {
        "signature_name": "serving_default",
        "prediction_key": "probability",
        "label_key": label,
        "preprocessing_function_names": ["transform_features"],
    }
    metrics = [
        config_pb2.MetricConfig(class_name=kind, config=json.dumps({"name": name, **options}))
        for name, (kind, options) in _METRICS.items()
    ]
    return config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(name=CANDIDATE, **shared),
            config_pb2.ModelSpec(name=BASELINE, is_baseline=True, **shared),
        ],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(config_pb2.SlicingSpec(feature_keys=[column]) for column in slices),
        ],
        metrics_specs=[config_pb2.MetricsSpec(metrics=metrics)],
    )


def read_metrics(evaluation_dir: str, model: str) -> list[SliceMetrics]:
    """Reads the metrics of one model from a ModelEvaluation artifact.

    Args:
        evaluation_dir: the artifact's folder.
        model: `CANDIDATE` or `BASELINE`.

    Returns:
        All rows first, then the slices by name; an empty list if the model was not measured.
    """
    result = tfma.load_eval_result(evaluation_dir, model_name=model)
    if not result.slicing_metrics and model == CANDIDATE:
        # TFMA drops the name of a model that was measured alone.
        result = tfma.load_eval_result(evaluation_dir, model_name="")
    calibration = {_slice_name(key): _calibration(plots) for key, plots in result.plots}
    measured = [
        SliceMetrics(name, _defined({**_scalars(values), **calibration[name]}))
        for name, values in ((_slice_name(key), values) for key, values in result.slicing_metrics)
    ]
    return sorted(measured, key=lambda one: (one.slice != OVERALL, one.slice))


def _slice_name(key: Sequence[tuple[str, Any]]) -> str:
    return ", ".join(f"{column}={value}" for column, value in key) or OVERALL


def _scalars(values: Mapping[str, Any]) -> dict[str, float]:
    (by_class,) = values.values()
    (metrics,) = by_class.values()
    return {
        name: float(value["doubleValue"])
        for name, value in metrics.items()
        if "doubleValue" in value
    }


def _defined(metrics: dict[str, float]) -> dict[str, float]:
    """Leaves out what has no meaning where all rows have one class; TFMA reports 0 there."""
    if 0.0 < metrics["mean_label"] < 1.0:
        return metrics
    return {name: value for name, value in metrics.items() if not name.startswith("auc")}


def _calibration(plots: Mapping[str, Any]) -> dict[str, float]:
    """Reads rows, means and the expected calibration error from calibration buckets.

    Source of the error: Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian
    Binning" (2015).
    """
    (by_class,) = plots.values()
    (plot,) = by_class.values()
    buckets = plot["calibrationHistogramBuckets"]["buckets"]
    rows, labels, predictions = (
        sum(bucket[key] for bucket in buckets)
        for key in ("numWeightedExamples", "totalWeightedLabel", "totalWeightedRefinedPrediction")
    )
    gap = sum(
        abs(bucket["totalWeightedRefinedPrediction"] - bucket["totalWeightedLabel"])
        for bucket in buckets
    )
    return {
        "rows": rows,
        "mean_label": labels / rows,
        "mean_prediction": predictions / rows,
        "ece": gap / rows,
    }
