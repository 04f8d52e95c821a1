"""What a page shows of a label's answers: pictures as plain numbers, drawn elsewhere."""

import abc
import dataclasses
from collections.abc import Mapping, Sequence

from model.feature_engineering.columns import Column
from model.feature_engineering.labels.influence import Answers, Array
from zeroskew.lazy import lazy_import

np = lazy_import("numpy")

_MOST_POINTS = 200
_BARS = 30


@dataclasses.dataclass(frozen=True)
class Series:
    """Points of one model.

    Attributes:
        name: of the model.
        x: where they are, from left to right.
        y: how high; as many.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture as numbers.

    Attributes:
        title: what it is called.
        meaning: how it is read, in a sentence.
        across: what stands on the axis from left to right.
        up: what stands on the other axis.
        series: what is drawn, one for each model.
        form: ``"line"``, ``"points"`` or ``"bars"``, the latter around points of equal distance.
        guide: the two ends of a line to compare with; none if empty.
        guide_name: what that line is.
        square: whether both axes go from 0 to 1.
    """

    title: str
    meaning: str
    across: str
    up: str
    series: Sequence[Series]
    form: str = "line"
    guide: Sequence[tuple[float, float]] = ()
    guide_name: str = ""
    square: bool = False


class Shown(abc.ABC):
    """The part of a label that a page asks."""

    @abc.abstractmethod
    def pictures(self, by_model: Mapping[str, Answers]) -> Sequence[Picture]:
        """Returns what shows how good answers are.

        Args:
            by_model: answers of each model to the same rows, at least one, all of which count.
        """

    @abc.abstractmethod
    def losses(self, answers: Answers) -> Array:
        """Returns how wrong each answer is, float64 of shape [rows]; 0 is right."""

    def class_names(
        self, vocabulary: Sequence[str], columns: Mapping[str, Column]
    ) -> Sequence[str]:
        """Returns the classes in the order in which a client gets them; empty if there are none.

        Args:
            vocabulary: the classes that Transform learned, in order; empty if it learned none.
            columns: the schema's columns by name.
        """
        del vocabulary, columns
        return ()


def roc_curve(answers: Answers) -> tuple[list[float], list[float]]:
    """Returns the shares of noes and of yeses above each threshold, from none to all."""
    yes, no = _above_thresholds(answers)
    return _thin(no / max(no[-1], 1e-12), yes / max(yes[-1], 1e-12))


def precision_recall_curve(answers: Answers) -> tuple[list[float], list[float]]:
    """Returns recall and precision at each threshold, from the highest to the lowest."""
    yes, no = _above_thresholds(answers)
    return _thin(yes[1:] / max(yes[-1], 1e-12), yes[1:] / (yes + no)[1:])


def calibration(answers: Answers, bins: int) -> tuple[list[float], list[float]]:
    """Returns mean answers and shares of yeses in bins of equal width that have a row."""
    scores, weights = answers.scores.astype(np.float64), answers.weights.astype(np.float64)
    places = np.minimum((scores * bins).astype(np.int64), bins - 1)
    rows = np.bincount(places, weights, bins)
    known = rows > 0
    means, shares = (
        np.bincount(places, weights * values, bins)[known] / rows[known]
        for values in (scores, answers.labels)
    )
    return means.tolist(), shares.tolist()


def histogram(values: Array, low: float, high: float) -> tuple[list[float], list[float]]:
    """Returns the middles of bars of equal width, and the share of values in each."""
    counts, edges = np.histogram(np.clip(values, low, high), _BARS, (low, high))
    return ((edges[:-1] + edges[1:]) / 2).tolist(), (counts / max(1, counts.sum())).tolist()


def evenly(values: Array) -> Array:
    """Returns some of the values, evenly chosen by their order."""
    places = np.unique(np.linspace(0, len(values) - 1, min(len(values), 2 * _MOST_POINTS)))
    return values[places.astype(np.int64)]


def _above_thresholds(answers: Answers) -> tuple[Array, Array]:
    """Returns how much yeses and noes count whose score is at least each score; first none is."""
    order = np.argsort(-answers.scores, kind="stable")
    weights, scores = answers.weights[order].astype(np.float64), answers.scores[order]
    last_of_score = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    is_yes = answers.labels[order] == 1
    parts = [np.where(is_yes == one, weights, 0.0) for one in (True, False)]
    yes, no = (np.append(0.0, np.cumsum(part)[last_of_score]) for part in parts)
    return yes, no


def _thin(x: Array, y: Array) -> tuple[list[float], list[float]]:
    """Leaves out points that lie too near to be seen, and never the first or the last."""
    steps = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    wanted = np.linspace(0, steps[-1], _MOST_POINTS)
    places = np.unique(np.append(np.searchsorted(steps, wanted), len(x) - 1))
    places = np.minimum(places, len(x) - 1)
    return x[places].tolist(), y[places].tolist()
