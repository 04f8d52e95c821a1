"""A served model, measured by what became true later, and held against what it had promised."""

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from model.evaluation.estimates import Estimate, estimates_of
from model.feature_engineering.labels import METRICS, Answers, Label

CLASSES, CLASS = "classes", "label"
"""Outputs of a model that answers with one of several classes."""
_LEAST_ROWS = 30


@dataclasses.dataclass(frozen=True)
class LiveMetric:
    """A metric of the rows that were served.

    Attributes:
        name: of the metric.
        live: what it is, with its 95 % interval.
        promised: what it was when the model was blessed.
        loss: how much worse it is than that, with its 95 % interval.
        rows: how many rows with a label it was measured on.
    """

    name: str
    live: Estimate
    promised: float
    loss: Estimate
    rows: int

    @property
    def alarm(self) -> bool:
        """Whether it is surely worse, which fewer rows than 30 do not tell."""
        return self.rows >= _LEAST_ROWS and self.loss.low > 0


def answers_of(
    label: Label, labels: np.ndarray, weights: np.ndarray, outputs: Mapping[str, np.ndarray]
) -> Answers:
    """Returns a model's outputs as answers.

    Args:
        label: what is predicted.
        labels: as `plain_labels` gives them, of shape [rows].
        weights: what each row counts.
        outputs: by name, one value for each row; for one of several classes, `label`, and of all
            classes their `classes` and `probabilities`, of shape [rows, classes].
    """
    scores = np.asarray(outputs[label.SCORE], np.float64)
    if scores.ndim == 1:
        return Answers(labels, weights, scores)
    known = _texts(outputs[CLASSES][0])
    place = {one: number for number, one in enumerate(known)}
    numbers = np.array([place.get(one, -1) for one in _texts(labels)], np.int64)
    own = np.take_along_axis(scores, np.maximum(numbers, 0)[:, np.newaxis], axis=1)[:, 0]
    right = np.array(_texts(outputs[CLASS])) == np.array(_texts(labels))
    # As in training, a class that the model does not know is no label.
    return Answers(numbers, np.where(numbers >= 0, weights, 0), own, right)


def measure_live(
    label: Label, answers: Answers, promised: Mapping[str, float], rows: int
) -> list[LiveMetric]:
    """Returns the metrics of rows that were served, those without a promise left out.

    Args:
        label: what is predicted.
        answers: to the rows.
        promised: by metric, what the model had on the eval rows.
        rows: how many these were: what they promise is as sure as so many rows are.
    """
    live = estimates_of(label, answers)
    counted = int(np.count_nonzero(answers.weights))
    return [
        LiveMetric(
            name, one, promised[name], _loss(name, one, promised[name], counted / rows), counted
        )
        for name, one in live.items()
        if name in promised
    ]


def _loss(name: str, live: Estimate, promised: float, ratio: float) -> Estimate:
    sign = 1 if METRICS[name].lower_is_better else -1
    value = sign * (live.value - promised)
    # An interval may be cut at the ends of what is possible, but not on both sides.
    half = max(live.value - live.low, live.high - live.value)
    reach = half * math.sqrt(1 + ratio)
    return Estimate(value, value - reach, value + reach)


def _texts(values: np.ndarray) -> list[str]:
    listed = np.asarray(values).tolist()
    return [one.decode() if isinstance(one, bytes) else str(one) for one in listed]
