"""How much each row moves a metric, from which follows how sure the metric is.

A metric of many rows is nearly its true value plus the sum of the rows' influences; the sum of
their squares is its variance. Two models on the same rows are compared by the differences of
their influences, in which what makes a row easy or hard for both cancels out.

Sources: Hampel, "The Influence Curve and its Role in Robust Estimation" (1974); for the area under
the ROC curve DeLong et al., "Comparing the Areas under Two or More Correlated Receiver Operating
Characteristic Curves" (1988), whose structural components the influences are.
"""

import dataclasses
from typing import Any

from zeroskew.lazy import lazy_import

np = lazy_import("numpy")

Array = Any
"""A NumPy array."""


@dataclasses.dataclass(frozen=True)
class Answers:
    """What a model, or a rule, said of some rows.

    Attributes:
        labels: of shape [rows]: 0 or 1, a number, or the number of a class.
        weights: of shape [rows], how much each row counts; nothing, where it is 0.
        scores: of shape [rows]: the probability of a yes or of the row's own class, or a number.
        right: of shape [rows], whether the likeliest class was the row's own; None if there are no
            classes.
    """

    labels: Array
    weights: Array
    scores: Array
    right: Array | None = None

    def take(self, places: Array) -> "Answers":
        """Returns the rows at some places."""
        right = None if self.right is None else self.right[places]
        return Answers(self.labels[places], self.weights[places], self.scores[places], right)


@dataclasses.dataclass(frozen=True)
class Influence:
    """A metric, and how much each row moved it.

    Attributes:
        value: of the metric.
        rows: float64 of shape [rows], how far the metric is from its true value by each row; 0 for
            a row that does not count.
    """

    value: float
    rows: Array


def mean(values: Array, weights: Array) -> Influence:
    """Returns the weighted mean of values, such as losses or hits, of shape [rows]."""
    weights = weights.astype(np.float64)
    known = np.where(weights > 0, values, 0.0).astype(np.float64)
    value = float(known @ weights / weights.sum())
    shares = weights / weights.sum()
    return Influence(value, _for_a_sample(weights) * shares * (known - value))


def root(squared: Influence) -> Influence:
    """Returns the root of a metric, by the delta method."""
    value = squared.value**0.5
    return Influence(value, squared.rows / (2 * value) if value else squared.rows)


def area_under_roc(scores: Array, labels: Array, weights: Array) -> Influence | None:
    """Returns the share of pairs of a yes and a no in which the yes has the higher score.

    Half of the pairs with equal scores count. None if the rows have one class only.
    """
    weights = weights.astype(np.float64)
    values, groups = np.unique(scores, return_inverse=True)
    parts = [np.where(labels == one, weights, 0.0) for one in (1, 0)]
    totals = [part.sum() for part in parts]
    if not all(totals):
        return None
    yes, no = (np.bincount(groups, part, len(values)) for part in parts)
    # Of each score, the share of the noes that lie below, and of the yeses that lie above.
    below = (np.cumsum(no) - no / 2) / totals[1]
    above = (yes.sum() - np.cumsum(yes) + yes / 2) / totals[0]
    value = float(yes @ below / totals[0])
    rows = np.zeros(len(weights))
    for part, total, places in zip(parts, totals, (below, above), strict=True):
        rows += _for_a_sample(part) * part / total * (places[groups] - value)
    return Influence(value, rows)


def calibration_error(scores: Array, labels: Array, weights: Array, bins: int) -> Influence:
    """Returns the expected calibration error over bins of equal width, linearised in each bin."""
    weights = weights.astype(np.float64)
    gaps = scores.astype(np.float64) - labels
    places = np.minimum((scores.astype(np.float64) * bins).astype(np.int64), bins)
    signs = np.sign(np.bincount(places, weights * gaps, bins + 1))
    return mean(signs[places] * gaps, weights)


def mean_of_classes(right: Array, labels: Array, weights: Array) -> Influence:
    """Returns the mean of the classes' own shares of rows that are right."""
    classes = np.unique(labels[weights > 0])
    parts = [mean(right, np.where(labels == one, weights, 0.0)) for one in classes]
    return Influence(
        sum(part.value for part in parts) / len(parts),
        sum(part.rows for part in parts) / len(parts),
    )


def _for_a_sample(weights: Array) -> float:
    """Returns what makes the variance of a sample's mean one of all rows' mean."""
    count = int(np.count_nonzero(weights))
    return float((count / (count - 1)) ** 0.5) if count > 1 else 1.0
