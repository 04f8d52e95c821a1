"""Estimates against TFMA's own metrics, for each kind of label."""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pandas as pd
import tensorflow_model_analysis as tfma
from judged import LABELS
from tensorflow_model_analysis.metrics.cross_entropy_metrics import (
    _CategoricalCrossEntropyCombiner as Classes,
)
from tensorflow_model_analysis.proto import config_pb2

from model.evaluation.analysis import as_answers
from model.evaluation.estimates import by_slice, estimate
from model.evaluation.metrics import _defined, _only, _read, eval_config, slice_name
from model.evaluation.primary_metrics import Predictions
from model.feature_engineering.labels import METRICS, Answers, Influence, Label
from model.feature_engineering.labels.influence import area_under_roc
from model.feature_engineering.labels.yes_no import CALIBRATION_BUCKETS

ROWS = 600
FINE = 10_000
"""Buckets in which TFMA counts scores, before it makes areas and the bins of the plot of them."""
CROSS_ENTROPY = Classes._cross_entropy
ROUNDING = 1e-6
"""Relative: TFMA computes some means with 32 bits."""
TOWNS = np.array(["north", "south"])[np.arange(ROWS) % 3 // 2]
PLACES = {name: np.flatnonzero(name == TOWNS) for name in np.unique(TOWNS)}
SLICES = {"all rows": np.arange(ROWS)} | {f"town={name}": one for name, one in PLACES.items()}


@dataclasses.dataclass(frozen=True)
class Measured:
    """What TFMA and we say of the same rows, by slice and metric."""

    label: Label
    answers: Answers
    by_tfma: Mapping[str, Mapping[str, float]]
    estimates: Mapping[str, Mapping[str, list[float]]]

    def apart(self, metric: str, places: np.ndarray) -> float:
        """How far TFMA's buckets may move a metric of the rows at some places."""
        rows = self.answers.take(places)
        if metric == "auc":
            return pairs_in_one_bucket(rows) / 2
        if metric == "ece":
            return 2 * share_beside_an_edge(rows)
        return 0.0


def fine_buckets(scores: np.ndarray) -> np.ndarray:
    """In which of its buckets TFMA counts a score."""
    return np.floor(scores.astype(np.float64) * FINE).astype(np.int64)


def pairs_in_one_bucket(rows: Answers) -> float:
    """Of the pairs of a yes and a no, the share that TFMA cannot tell apart."""
    buckets = fine_buckets(rows.scores)
    yes, no = (
        np.bincount(buckets, np.where(rows.labels == one, rows.weights, 0.0), FINE + 1)
        for one in (1, 0)
    )
    return float(yes @ no / (yes.sum() * no.sum()))


def share_beside_an_edge(rows: Answers) -> float:
    """The share of rows that TFMA may count in a neighbouring bin of the calibration plot."""
    edges = rows.scores.astype(np.float64) * CALIBRATION_BUCKETS
    near = np.abs(edges - np.round(edges)) <= CALIBRATION_BUCKETS / FINE
    return float(rows.weights[near].sum() / rows.weights.sum())


def predictions_of(kind: str) -> Predictions:
    """Rows, some of which count nothing, half or three times, and scores that know a bit."""
    random = np.random.default_rng(5)
    weights = random.choice(np.array([0.0, 0.5, 1.0, 3.0], np.float32), ROWS)
    truth = random.normal(size=ROWS)
    seen = truth + random.normal(size=ROWS)
    if kind == "amount":
        labels = (100 + 10 * truth).astype(np.float32)
        return Predictions(labels, (100 + 5 * seen).astype(np.float32), weights)
    if kind == "yes_no":
        scores = (1 / (1 + np.exp(-2 * seen))).astype(np.float32)
        return Predictions((truth > 0.3).astype(np.int64), scores, weights)
    labels = np.digitize(truth, [-0.5, 0.5])
    shares = random.dirichlet([1, 1, 1], ROWS) + 0.7 * np.eye(3)[np.digitize(seen, [-0.5, 0.5])]
    return Predictions(labels, (shares / 1.7).astype(np.float32), weights)


def by_tfma(label: Label, rows: Predictions) -> dict[str, dict[str, float]]:
    """What TFMA itself says of the rows, by slice and metric."""
    config = eval_config(label, ["town"])
    spec = config_pb2.ModelSpec(
        prediction_key="score", label_key="label", example_weight_key="weight"
    )
    del config.model_specs[:]
    config.model_specs.append(spec)
    is_class = rows.scores.ndim == 2
    labels = np.eye(rows.scores.shape[1])[rows.labels] if is_class else rows.labels
    columns = {"label": labels, "score": rows.scores, "weight": rows.weights, "town": TOWNS}
    frame = pd.DataFrame({name: list(values) for name, values in columns.items()})
    result = tfma.analyze_raw_data(frame, config)
    plots = dict(result.plots)
    found = {}
    for key, values in result.slicing_metrics:
        raw = {**_only(values), **_only(plots.get(key, {}))}
        read = {one: number for kind, value in raw.items() for one, number in _read(kind, value)}
        found[slice_name(key)] = _defined(read)
    return found


def writable(self: Any, label: np.ndarray, prediction: np.ndarray) -> float:
    """TFMA divides the scores of classes in place, which it cannot where they come from Arrow."""
    return CROSS_ENTROPY(self, label, prediction.copy())


@pytest.fixture(scope="module", params=LABELS)
def measured(request: pytest.FixtureRequest) -> Measured:
    kind = request.param
    rows = predictions_of(kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Classes, "_cross_entropy", writable)
        found = by_tfma(LABELS[kind], rows)
    answers = as_answers(rows)
    return Measured(LABELS[kind], answers, found, by_slice(LABELS[kind], answers, SLICES.items()))


def test_each_metric_of_each_slice_has_an_estimate_around_it(measured: Measured) -> None:
    assert measured.by_tfma.keys() == measured.estimates.keys() == SLICES.keys()
    for name, places in SLICES.items():
        estimates = dict(measured.estimates[name])
        weights = measured.answers.weights[places]
        assert estimates.pop("counted") == [np.count_nonzero(weights), pytest.approx(weights.sum())]
        assert estimates.keys() == {one.name for one in measured.label.METRICS}
        for metric, (value, low, high) in estimates.items():
            assert low < measured.by_tfma[name][metric] < high
            assert value == pytest.approx((low + high) / 2)


def test_estimates_are_tfmas_metrics_but_for_its_buckets(measured: Measured) -> None:
    for name, places in SLICES.items():
        for metric, (value, *_) in measured.estimates[name].items():
            if metric != "counted":
                apart = measured.apart(metric, places)
                expected = measured.by_tfma[name][metric]
                assert value == pytest.approx(expected, rel=ROUNDING, abs=apart), (name, metric)


def test_of_bucketed_scores_the_area_is_exactly_tfmas(measured: Measured) -> None:
    for name, places in SLICES.items():
        if "auc" in measured.by_tfma[name]:
            rows = measured.answers.take(places)
            area = area_under_roc(fine_buckets(rows.scores), rows.labels, rows.weights)
            assert area is not None
            assert area.value == pytest.approx(measured.by_tfma[name]["auc"], rel=1e-9)


def test_scores_of_one_bucket_are_all_alike_to_tfma_alone() -> None:
    rows = predictions_of("yes_no")
    tiny = Predictions(rows.labels, rows.scores * np.float32(5e-5), rows.weights)
    found = by_tfma(LABELS["yes_no"], tiny)["all rows"]["auc"]
    exact = by_slice(LABELS["yes_no"], as_answers(rows), SLICES.items())["all rows"]["auc"]
    ours = by_slice(LABELS["yes_no"], as_answers(tiny), SLICES.items())["all rows"]["auc"]
    assert found == pytest.approx(0.5)
    assert ours == pytest.approx(exact)
    assert ours[0] > 0.8


@pytest.mark.parametrize(
    ("metric", "value", "ends"),
    [
        ("accuracy", 0.95, (0.852, 1.0)),
        ("accuracy", 0.5, (0.402, 0.598)),
        ("ece", 0.05, (0.0, 0.148)),
        ("rmse", 3.0, (2.902, 3.098)),
    ],
)
def test_an_interval_ends_where_there_are_no_more_values(
    metric: str, value: float, ends: tuple[float, float]
) -> None:
    found = estimate(METRICS[metric], Influence(value, np.full(100, 0.005)))
    assert (found.low, found.high) == pytest.approx(ends, abs=5e-4)
