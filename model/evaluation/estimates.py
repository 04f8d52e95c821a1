"""Metrics with the range in which they lie for sure, one by one and compared with another's.

All ranges are 95 % intervals by the normal distribution, from the rows' influence values; those of
the area under the ROC curve are DeLong's. They say what other rows of the same kind would give: a
model that is trained again, or data that drifts, is another matter.
"""

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np

from model.feature_engineering.labels import METRICS, Answers, Influence, Label, Metric

QUANTILE = 1.959963984540054
"""Of the normal distribution; between minus it and it lie 95 %."""


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A number that was measured on some rows.

    Attributes:
        value: what was measured.
        low: the lower end of its 95 % interval, by influence values; DeLong's for an area.
        high: the upper end.
    """

    value: float
    low: float
    high: float


def estimate(metric: Metric, influence: Influence) -> Estimate:
    """Returns a metric with its 95 % interval, as far as there are such values."""
    found = _interval(influence)
    return Estimate(found.value, max(found.low, 0.0), min(found.high, metric.most))


def _interval(influence: Influence) -> Estimate:
    reach = QUANTILE * float(np.sqrt(influence.rows @ influence.rows))
    return Estimate(influence.value, influence.value - reach, influence.value + reach)


def difference(one: Influence, other: Influence) -> Estimate:
    """Returns one value minus the other on the same rows, with its 95 % interval."""
    return _interval(Influence(one.value - other.value, one.rows - other.rows))


def gain(metric: Metric, one: Influence, other: Influence) -> Estimate:
    """Returns how much better one is than the other on the same rows, with its 95 % interval.

    A share of the other's value, if the metric's margins and tolerances are.
    """
    sign = -1 if metric.lower_is_better else 1
    value, rows = sign * (one.value - other.value), sign * (one.rows - other.rows)
    if metric.relative and other.value:
        size = abs(other.value)
        value, rows = value / size, rows / size - value / size**2 * other.rows
    return _interval(Influence(value, rows))


def estimates_of(label: Label, answers: Answers) -> dict[str, Estimate]:
    """Returns the label's metrics on some rows, by name.

    None, if fewer than two rows count, or one that counts has no answer.
    """
    counted = answers.weights > 0
    if np.count_nonzero(counted) < 2 or not np.isfinite(answers.scores[counted]).all():
        return {}
    found = label.influences(answers)
    return {name: estimate(METRICS[name], one) for name, one in found.items()}


def by_slice(
    label: Label, answers: Answers, slices: Iterable[tuple[str, np.ndarray]]
) -> Mapping[str, Mapping[str, list[float]]]:
    """Returns estimates of each slice as plain values.

    Args:
        label: what is predicted.
        answers: to all rows.
        slices: name and places of the rows of each.

    Returns:
        By slice, how many rows are `counted` and how much they count, and by metric its value and
        the ends of its 95 % interval.
    """
    found = {}
    for name, places in slices:
        mine = answers.take(places)
        estimates = estimates_of(label, mine)
        found[name] = {
            "counted": [float(np.count_nonzero(mine.weights)), float(mine.weights.sum())],
            **{metric: [one.value, one.low, one.high] for metric, one in estimates.items()},
        }
    return found
