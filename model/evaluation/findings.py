"""What the gate found out about a model: comparisons and bounds, each passed or not."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from model.evaluation.answers import RowAnswers, paired
from model.evaluation.baselines import BaselineScore, best
from model.evaluation.estimates import Estimate, estimate, gain
from model.evaluation.metrics import BASELINE, CANDIDATE, OVERALL, SliceMetrics
from model.feature_engineering.labels import METRICS, Answers, Label, Metric
from model.settings import Bounds, GateSettings

_ROUNDING = 1e-9


class Finding(Protocol):
    """One thing that was checked."""

    @property
    def passed(self) -> bool:
        """Whether the model passed."""


@dataclasses.dataclass(frozen=True)
class AgainstRule:
    """A metric held against the best trivial rule, row by row.

    Attributes:
        metric: what both are measured by.
        mine: the model's.
        rule: the rule in words.
        theirs: the rule's value.
        gain: how much better the model is.
        margin: more than this it must surely gain; None if it must only not be surely worse.
    """

    metric: Metric
    mine: Estimate
    rule: str
    theirs: float
    gain: Estimate
    margin: float | None

    @property
    def passed(self) -> bool:
        """Whether the whole interval lies above the margin, or a part of it is no loss."""
        return self.gain.high >= 0 if self.margin is None else self.gain.low > self.margin


@dataclasses.dataclass(frozen=True)
class AgainstBlessed:
    """A metric held against an earlier model, row by row.

    Attributes:
        metric: what both are measured by.
        mine: the model's.
        name: the other model in words.
        theirs: its value.
        gain: how much better this model is.
        tolerance: how much worse it may be.
    """

    metric: Metric
    mine: Estimate
    name: str
    theirs: float
    gain: Estimate
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether a part of the interval is no worse than the tolerance."""
        return self.gain.high >= -self.tolerance - _ROUNDING


@dataclasses.dataclass(frozen=True)
class AgainstBound:
    """A metric held against a number.

    Attributes:
        metric: what is measured.
        where: the slice.
        value: of the metric; None if the slice's rows all have one class.
        interval: the ends of its 95 % interval, if they are known.
        bound: the least it may be, or the greatest, if lower is better.
    """

    metric: Metric
    where: str
    value: float | None
    interval: tuple[float, float] | None
    bound: float

    @property
    def passed(self) -> bool:
        """Whether the value itself is within the bound."""
        if self.value is None:
            return False
        lower = self.metric.lower_is_better
        return self.value <= self.bound if lower else self.value >= self.bound


@dataclasses.dataclass(frozen=True)
class TooFewRows:
    """A slice that is reported, and not judged.

    Attributes:
        where: the slice.
        rows: how many of its rows count.
        least: from how many on it is judged.
    """

    where: str
    rows: int
    least: int
    passed: bool = True


@dataclasses.dataclass(frozen=True)
class Said:
    """Something without numbers of its own.

    Attributes:
        text: the sentence.
        passed: whether the model passed.
    """

    text: str
    passed: bool = True


def without_answer(answers: Answers) -> Iterator[Finding]:
    """Finds rows that count and that the model answers with no number."""
    count = np.count_nonzero((answers.weights > 0) & ~np.isfinite(answers.scores))
    if count:
        yield Said(f"the model gives no number for {count:,} rows", passed=False)


def against_rules(
    settings: GateSettings,
    label: Label,
    answers: Answers,
    rules: RowAnswers,
    baselines: Sequence[BaselineScore],
) -> Iterator[Finding]:
    """Holds the model against the best rule by each metric.

    The label's first metric, and those that settings give a margin, must surely gain it.
    """
    margins = settings.margins.given()
    for metric in label.METRICS:
        if metric.margin is None:
            continue
        is_first = metric is label.METRICS[0]
        margin = margins.get(metric.name, metric.margin if is_first else None)
        mine, theirs = (
            label.influences(one)[metric.name]
            for one in paired(answers, rules.by_name[metric.name])
        )
        rule = best(baselines, metric).rule
        gained = gain(metric, mine, theirs)
        yield AgainstRule(metric, estimate(metric, mine), rule, theirs.value, gained, margin)


def against_blessed(
    settings: GateSettings, label: Label, answers: RowAnswers, name: str
) -> Iterator[Finding]:
    """Holds the model against an earlier one, whose answers are among those of the same rows.

    Args:
        settings: what it must reach.
        label: what is predicted.
        answers: of both models.
        name: the earlier one in words.
    """
    tolerances = settings.tolerance.given()
    ours, other = paired(answers.by_name[CANDIDATE], answers.by_name[BASELINE])
    found, before = label.influences(ours), label.influences(other)
    for metric in label.METRICS:
        tolerance = tolerances.get(metric.name, metric.tolerance)
        if tolerance is not None and metric.name in found:
            mine, theirs = found[metric.name], before[metric.name]
            gained = gain(metric, mine, theirs)
            yield AgainstBlessed(
                metric, estimate(metric, mine), name, theirs.value, gained, tolerance
            )


def against_bounds(settings: GateSettings, measured: Sequence[SliceMetrics]) -> Iterator[Finding]:
    """Holds all rows and the slices against the thresholds; a small slice is not judged."""
    slices: Mapping[str, SliceMetrics] = {one.slice: one for one in measured}
    yield from _within(settings.thresholds, slices[OVERALL])
    for name, bounds in settings.slices.items():
        one = slices.get(name)
        if one is None:
            text = f"the slice {name} has a threshold but no row in the eval split"
            yield Said(text, passed=False)
        elif one.counted is not None and one.counted < settings.least_rows:
            yield TooFewRows(name, one.counted, settings.least_rows)
        else:
            yield from _within(bounds, one)


def _within(bounds: Bounds, one: SliceMetrics) -> Iterator[Finding]:
    for name, bound in bounds.given().items():
        value, interval = one.metrics.get(name), one.intervals.get(name)
        yield AgainstBound(METRICS[name], one.slice, value, interval, bound)
