"""The metrics of the benchmarks, and how sure they are."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.metrics import Measured, measure_amounts, measure_classes, measure_yes_or_no

DICE = np.random.default_rng(7)
ROWS = 2_000


def resampled(measure: Callable[..., Measured], *arrays: np.ndarray) -> float:
    """Returns the spread of the first metric over 300 bootstrap samples."""
    found = []
    for _ in range(300):
        places = DICE.integers(0, ROWS, ROWS)
        (first, *_) = measure(*(one[places] for one in arrays)).metrics.values()
        found.append(first)
    return float(np.std(found))


def test_the_standard_error_of_an_amount_is_that_of_resampled_rows() -> None:
    labels = DICE.gamma(2.0, 10.0, ROWS)
    predictions = labels + DICE.standard_t(5, ROWS)
    measured = measure_amounts(labels, predictions)
    errors = predictions - labels
    assert measured.metrics == pytest.approx(
        {"rmse": np.sqrt(np.mean(errors**2)), "mae": np.mean(np.abs(errors))}
    )
    bootstrapped = resampled(measure_amounts, labels, predictions)
    assert measured.standard_error == pytest.approx(bootstrapped, rel=0.15)


def test_the_standard_error_of_a_yes_or_no_is_that_of_resampled_rows() -> None:
    labels = DICE.random(ROWS) < 0.3
    # What Hanley and McNeil's formula takes for granted: exponential scores.
    scores = 1 - np.exp(-DICE.exponential(np.where(labels, 2.0, 1.0)))
    measured = measure_yes_or_no(labels, scores)
    bootstrapped = resampled(measure_yes_or_no, labels, scores)
    assert measured.standard_error == pytest.approx(bootstrapped, rel=0.15)


def test_the_standard_error_of_classes_is_that_of_a_share() -> None:
    classes = np.array(["a", "b", "c"])
    labels = np.array(["a", "b", "c", "c"])
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.6, 0.2, 0.2], [0.1, 0.1, 0.8]])
    measured = measure_classes(labels, classes, probabilities)
    loss = -np.log([0.8, 0.5, 0.2, 0.8]).mean()
    assert measured.metrics == pytest.approx({"accuracy": 0.75, "log_loss": loss})
    assert measured.standard_error == pytest.approx(np.sqrt(0.75 * 0.25 / 4))
