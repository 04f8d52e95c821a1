"""Influence values against the bootstrap, against DeLong's own formulas, and against chance."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.feature_engineering.labels.influence import (
    Answers,
    Influence,
    area_under_roc,
    calibration_error,
    mean,
    mean_of_classes,
    root,
)

ROWS = 2000


def error(influence: Influence) -> float:
    return float(np.sqrt(influence.rows @ influence.rows))


def sample(seed: int, rows: int = ROWS) -> Answers:
    """Scores that are too high, with ties, weights, some of them 0."""
    random = np.random.default_rng(seed)
    scores = np.round(random.beta(2, 2, rows), 2)
    labels = (random.random(rows) < scores**2).astype(np.int64)
    right = random.random(rows) < 0.4 + 0.3 * labels
    return Answers(labels, random.integers(0, 4, rows).astype(np.float32), scores, right)


METRICS: dict[str, Callable[[Answers], Influence]] = {
    "auc": lambda a: area_under_roc(a.scores, a.labels, a.weights),
    "ece": lambda a: calibration_error(a.scores, a.labels, a.weights, 15),
    "mean": lambda a: mean(np.abs(a.scores - a.labels), a.weights),
    "root": lambda a: root(mean((a.scores - a.labels) ** 2, a.weights)),
    "classes": lambda a: mean_of_classes(a.right, a.labels, a.weights),
}


@pytest.mark.parametrize("name", METRICS)
def test_the_standard_error_is_that_of_the_bootstrap(name: str) -> None:
    answers, random = sample(1), np.random.default_rng(2)
    values = [METRICS[name](answers.take(random.integers(0, ROWS, ROWS))).value for _ in range(500)]
    assert error(METRICS[name](answers)) == pytest.approx(np.std(values), rel=0.15)


@pytest.mark.parametrize("name", METRICS)
def test_rows_without_weight_are_as_if_they_were_not_there(name: str) -> None:
    answers = sample(3)
    counted = answers.take(np.flatnonzero(answers.weights))
    whole, part = METRICS[name](answers), METRICS[name](counted)
    assert whole.value == pytest.approx(part.value)
    assert whole.rows[answers.weights > 0] == pytest.approx(part.rows)
    assert not whole.rows[answers.weights == 0].any()


@pytest.mark.parametrize("name", METRICS)
def test_influences_add_up_to_nothing(name: str) -> None:
    assert METRICS[name](sample(4)).rows.sum() == pytest.approx(0, abs=1e-9)


def delong(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """The area and its standard error, pair by pair as in the paper."""
    yes, no = scores[labels == 1], scores[labels == 0]
    pairs = (yes[:, None] > no) + 0.5 * (yes[:, None] == no)
    variance = pairs.mean(1).var(ddof=1) / len(yes) + pairs.mean(0).var(ddof=1) / len(no)
    return float(pairs.mean()), float(np.sqrt(variance))


@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(2, 30))
def test_the_area_is_delongs_with_ties(seed: int, yes: int, no: int) -> None:
    random = np.random.default_rng(seed)
    labels = np.repeat([1, 0], [yes, no])
    scores = random.integers(0, 6, yes + no) / 6
    found = area_under_roc(scores, labels, np.ones(yes + no))
    assert found is not None
    assert (found.value, error(found)) == pytest.approx(delong(scores, labels), abs=1e-12)


@given(st.integers(0, 10**6))
def test_whole_weights_are_repeated_rows(seed: int) -> None:
    answers = sample(seed, 60)
    repeated = answers.take(np.repeat(np.arange(60), answers.weights.astype(np.int64)))
    alike = Answers(repeated.labels, np.ones(len(repeated.labels)), repeated.scores, repeated.right)
    for name, metric in METRICS.items():
        assert metric(answers).value == pytest.approx(metric(alike).value), name


def test_one_class_has_no_area() -> None:
    assert area_under_roc(np.array([0.1, 0.9]), np.ones(2), np.ones(2)) is None
    assert area_under_roc(np.array([0.1, 0.9]), np.array([0, 1]), np.array([0.0, 1.0])) is None


def test_a_metric_without_error_is_sure() -> None:
    perfect = root(mean(np.zeros(5), np.ones(5)))
    assert (perfect.value, perfect.rows.tolist()) == (0.0, [0.0] * 5)


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    random, held = np.random.default_rng(5), {"auc": 0, "mean": 0}
    for _ in range(1000):
        labels = np.repeat([0, 1], 150)
        scores = random.normal(labels, 1.0)
        ones = np.ones(300)
        auc, part = area_under_roc(scores, labels, ones), mean(scores, ones)
        assert auc is not None
        # Two normal distributions one standard deviation apart.
        held["auc"] += abs(auc.value - 0.7602499) < 1.96 * error(auc)
        held["mean"] += abs(part.value - 0.5) < 1.96 * error(part)
    assert held["auc"] == pytest.approx(950, abs=20)
    # Halves of fixed size vary less than rows drawn at random.
    assert held["mean"] > 950
