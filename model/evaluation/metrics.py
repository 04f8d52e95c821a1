"""TFMA: what is measured, and reading what was measured."""

import dataclasses
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tensorflow_model_analysis.proto import config_pb2

from model.feature_engineering.labels import MEASURED, WEIGHT, Label
from model.slice_settings import parse_slices, slice_order
from zeroskew.lazy import lazy_import

tfma = lazy_import("tensorflow_model_analysis")

CANDIDATE = "candidate"
BASELINE = "baseline"
OVERALL = "all rows"
NOT_COMPARED_FILE = "not_compared.txt"
"""In a ModelEvaluation: why the last blessed model was left out."""
ESTIMATES_FILE = "estimates.json"
"""In a ModelEvaluation: what `estimates.by_slice` gives, by model."""


@dataclasses.dataclass(frozen=True)
class SliceMetrics:
    """What was measured on one slice.

    Attributes:
        slice: ``"all rows"``, or column and value such as ``"payment_type=Cash"``.
        metrics: by name, those of the label, and `rows`, each as much as it counts. For a yes or no
            also `auc_precision_recall`, `mean_label`, `mean_prediction`; its `ece` is the expected
            calibration error over 15 equal-width bins, and a slice whose rows all have one class
            has no `auc` and no `auc_precision_recall`.
        intervals: by metric of the label, the ends of its 95 % interval; empty if unknown.
        counted: how many rows count something; None if unknown.
    """

    slice: str
    metrics: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    counted: int | None = None


def eval_config(label: Label, slices: Sequence[Any]) -> config_pb2.EvalConfig:
    """Builds the configuration of the Evaluator.

    Args:
        label: what is predicted.
        slices: as in the settings. TFMA gets those by values; ranges are our Evaluator's own.
    """
    shared = {
        "signature_name": "serving_default",
        "prediction_key": label.SCORE,
        "label_key": MEASURED,
        "example_weight_key": WEIGHT,
        "preprocessing_function_names": ["transform_features"],
    }
    metrics = [
        config_pb2.MetricConfig(class_name=kind, config=json.dumps({"name": name, **options}))
        for name, (kind, options) in label.MEASURES.items()
    ]
    return config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(name=CANDIDATE, **shared),
            config_pb2.ModelSpec(name=BASELINE, is_baseline=True, **shared),
        ],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(
                config_pb2.SlicingSpec(feature_keys=one.columns)
                for one in parse_slices(slices)
                if not one.is_cut
            ),
        ],
        metrics_specs=[config_pb2.MetricsSpec(metrics=metrics)],
    )


def read_metrics(evaluation_dir: str, model: str) -> list[SliceMetrics]:
    """Reads the metrics of one model from a ModelEvaluation artifact.

    Args:
        evaluation_dir: the artifact's folder.
        model: `CANDIDATE` or `BASELINE`.

    Returns:
        All rows first, then the slices, sorted; an empty list if the model was not measured.
    """
    result = _load(evaluation_dir, model)
    estimates = _read_estimates(evaluation_dir, model)
    measured = _measured(result, estimates)
    if measured and estimates:
        # Where TFMA ran on Beam, it knew each slice by its values only.
        seen = {one.slice: one for one in measured}
        measured = [
            seen[name] if name in seen else _from_estimates(name, one)
            for name, one in estimates.items()
            if name in seen or one["counted"][0]
        ]
    return sorted(measured, key=lambda one: (one.slice != OVERALL, slice_order(one.slice)))


def read_confusion(evaluation_dir: str) -> dict[tuple[int, int], float]:
    """Reads how often the candidate takes a class for another, over all rows.

    Args:
        evaluation_dir: the folder of a ModelEvaluation artifact.

    Returns:
        By the numbers of the true and the predicted class, how much such rows count; empty if the
        label has no classes.
    """
    for key, values in _load(evaluation_dir, CANDIDATE).slicing_metrics:
        found = _only(values).get("confusion")
        if slice_name(key) == OVERALL and found:
            return dict(_confusion_entries(found))
    return {}


def _load(evaluation_dir: str, model: str) -> Any:
    result = tfma.load_eval_result(evaluation_dir, model_name=model)
    if not result.slicing_metrics and model == CANDIDATE:
        # TFMA drops the name of a model that was measured alone.
        result = tfma.load_eval_result(evaluation_dir, model_name="")
    return result


def _measured(
    result: Any, estimates: Mapping[str, Mapping[str, list[float]]]
) -> list[SliceMetrics]:
    """Returns what TFMA wrote."""
    plots = {slice_name(key): values for key, values in result.plots}
    measured = []
    for key, values in result.slicing_metrics:
        name = slice_name(key)
        found = {**_only(values), **_only(plots.get(name, {}))}
        metrics = {
            one: number for kind, value in found.items() for one, number in _read(kind, value)
        }
        # A slice without a single row that counts has none of them.
        if metrics.get("rows"):
            measured.append(_with_intervals(name, _defined(metrics), estimates.get(name, {})))
    return measured


def _read_estimates(evaluation_dir: str, model: str) -> Mapping[str, Mapping[str, list[float]]]:
    file = Path(evaluation_dir, ESTIMATES_FILE)
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    estimates: Mapping[str, Mapping[str, list[float]]] = found.get(model, {})
    return estimates


def _with_intervals(
    name: str, metrics: dict[str, float], estimates: Mapping[str, list[float]]
) -> SliceMetrics:
    if not estimates:
        return SliceMetrics(name, metrics)
    known = {one: ends for one, ends in estimates.items() if one in metrics}
    # TFMA's area under the ROC curve is that of ten thousand thresholds; the estimate is exact.
    exact = {one: value for one, (value, _, _) in known.items()}
    intervals = {one: (low, high) for one, (_, low, high) in known.items()}
    return SliceMetrics(name, {**metrics, **exact}, intervals, int(estimates["counted"][0]))


def _from_estimates(name: str, estimates: Mapping[str, list[float]]) -> SliceMetrics:
    metrics = {one: ends[0] for one, ends in estimates.items() if one != "counted"}
    return _with_intervals(name, {"rows": estimates["counted"][1], **metrics}, estimates)


def read_not_compared(evaluation_dir: str) -> str:
    """Returns why the last blessed model was not evaluated; empty if it was, or there is none."""
    file = Path(evaluation_dir, NOT_COMPARED_FILE)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def slice_name(key: Sequence[tuple[str, Any]]) -> str:
    """Returns what a slice is called in settings and in tables."""
    return ", ".join(f"{column}={value}" for column, value in key) or OVERALL


def _only(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the metrics of the only output and its only class, by name."""
    if not values:
        return {}
    (by_class,) = values.values()
    (metrics,) = by_class.values()
    return metrics


def _read(name: str, value: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    """Yields the metrics, by name, that follow from one that TFMA measured."""
    if name in _DERIVED:
        yield from _DERIVED[name](value).items()
    elif "doubleValue" in value:
        yield name, float(value["doubleValue"])


def _defined(metrics: dict[str, float]) -> dict[str, float]:
    """Leaves out what has no meaning where all rows have one class; TFMA reports 0 there."""
    if 0.0 < metrics.get("mean_label", 0.5) < 1.0:
        return metrics
    return {name: value for name, value in metrics.items() if not name.startswith("auc")}


def _from_calibration(plot: Mapping[str, Any]) -> dict[str, float]:
    """Reads rows, means and the expected calibration error from calibration buckets.

    Source of the error: Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian
    Binning" (2015).
    """
    buckets = plot["buckets"]
    rows, labels, predictions = (
        sum(bucket[key] for bucket in buckets)
        for key in ("numWeightedExamples", "totalWeightedLabel", "totalWeightedRefinedPrediction")
    )
    gap = sum(
        abs(bucket["totalWeightedRefinedPrediction"] - bucket["totalWeightedLabel"])
        for bucket in buckets
    )
    if not rows:
        return {}
    return {
        "rows": rows,
        "mean_label": labels / rows,
        "mean_prediction": predictions / rows,
        "ece": gap / rows,
    }


def _from_confusion(value: Mapping[str, Any]) -> dict[str, float]:
    """Reads accuracy, and the mean of the classes' own, from a confusion matrix."""
    right: defaultdict[int, float] = defaultdict(float)
    rows: defaultdict[int, float] = defaultdict(float)
    for (actual, predicted), weight in _confusion_entries(value):
        rows[actual] += weight
        right[actual] += weight if actual == predicted else 0.0
    shares = [right[one] / count for one, count in rows.items() if count]
    if not shares:
        return {}
    return {
        "accuracy": sum(right.values()) / sum(rows.values()),
        "balanced_accuracy": sum(shares) / len(shares),
    }


def _confusion_entries(value: Mapping[str, Any]) -> Iterable[tuple[tuple[int, int], float]]:
    """Yields the numbers of the true and the predicted class, and how much such rows count."""
    (matrix,) = value["multiClassConfusionMatrixAtThresholds"]["matrices"]
    for entry in matrix["entries"]:
        classes = entry.get("actualClassId", 0), entry.get("predictedClassId", 0)
        yield classes, entry.get("numWeightedExamples", 0.0)


_DERIVED: Mapping[str, Callable[[Any], dict[str, float]]] = {
    "calibrationHistogramBuckets": _from_calibration,
    "confusion": _from_confusion,
    "mse": lambda value: {"rmse": float(value["doubleValue"]) ** 0.5},
}
