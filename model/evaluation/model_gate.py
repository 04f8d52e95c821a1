"""The decision whether a model may serve, with its reasons in sentences."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from model.evaluation.baselines import BaselineScore, best
from model.evaluation.metrics import OVERALL, SliceMetrics
from model.feature_engineering.labels import METRICS, Metric
from model.settings import Bounds, GateSettings

_ROUNDING = 1e-9


@dataclasses.dataclass(frozen=True)
class Reason:
    """One thing that was checked.

    Attributes:
        passed: whether the model passed.
        text: a sentence with the numbers.
    """

    passed: bool
    text: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The decision.

    Attributes:
        reasons: everything that was checked, in order.
    """

    reasons: Sequence[Reason]

    @property
    def blessed(self) -> bool:
        """Whether everything passed."""
        return all(reason.passed for reason in self.reasons)


def decide(
    settings: GateSettings,
    label_metrics: Sequence[Metric],
    candidate: Sequence[SliceMetrics],
    last_blessed: Sequence[SliceMetrics],
    baselines: Sequence[BaselineScore],
    not_compared: str = "",
) -> Verdict:
    """Checks the candidate against baselines, thresholds and the last blessed model.

    Args:
        settings: what it must reach.
        label_metrics: what models with its label are measured by.
        candidate: its metrics, all rows and slices.
        last_blessed: the last blessed model's metrics on the same rows; empty if there is none.
        baselines: the trivial baselines' scores on the same rows.
        not_compared: why there are none of a last blessed model, if there is one.
    """
    metrics = {one.slice: one.metrics for one in candidate}
    reasons = [
        *_against_baselines(settings, label_metrics, metrics[OVERALL], baselines),
        *_against_thresholds(settings.thresholds, OVERALL, metrics[OVERALL]),
        *_against_slices(settings, metrics),
        *_against_last_blessed(
            settings, label_metrics, metrics[OVERALL], last_blessed, not_compared
        ),
    ]
    return Verdict(reasons)


def _against_baselines(
    settings: GateSettings,
    label_metrics: Sequence[Metric],
    metrics: Mapping[str, float],
    baselines: Sequence[BaselineScore],
) -> Iterator[Reason]:
    for metric in label_metrics:
        margin = settings.margins.given().get(metric.name, metric.margin)
        if margin is None:
            continue
        rule = best(baselines, metric)
        score, value = rule.metrics[metric.name], metrics[metric.name]
        passed = _gain(metric, value, score) >= margin
        verb = "beats" if passed else "does not beat"
        yield Reason(
            passed,
            f"{metric.name} {value:.4f} {verb} the best trivial rule ({rule.rule}: "
            f"{score:.4f}) by the margin of {_amount(metric, margin)}",
        )


def _gain(metric: Metric, value: float, other: float) -> float:
    """Returns how much better a value is than another, as a share of it if the metric says so."""
    gain = other - value if metric.lower_is_better else value - other
    return gain / abs(other) if metric.relative and other else gain


def _amount(metric: Metric, value: float) -> str:
    return f"{value:.4g} of it" if metric.relative else f"{value:g}"


def _against_thresholds(
    thresholds: Bounds, where: str, metrics: Mapping[str, float]
) -> Iterator[Reason]:
    for metric, bound in thresholds.given().items():
        lower = METRICS[metric].lower_is_better
        limit = "at most" if lower else "at least"
        if metric not in metrics:
            text = f"{metric} must be {limit} {bound:g} on {where}, whose rows all have one class"
            yield Reason(False, text)
            continue
        value = metrics[metric]
        passed = value <= bound if lower else value >= bound
        verdict = "is" if passed else "must be"
        yield Reason(passed, f"{metric} {value:.4f} on {where} {verdict} {limit} {bound:g}")


def _against_slices(
    settings: GateSettings, metrics: Mapping[str, Mapping[str, float]]
) -> Iterator[Reason]:
    for name, thresholds in settings.slices.items():
        if name in metrics:
            yield from _against_thresholds(thresholds, name, metrics[name])
        else:
            yield Reason(False, f"the slice {name} has a threshold but no row in the eval split")


def _against_last_blessed(
    settings: GateSettings,
    label_metrics: Sequence[Metric],
    metrics: Mapping[str, float],
    last_blessed: Sequence[SliceMetrics],
    not_compared: str,
) -> Iterator[Reason]:
    if not_compared:
        yield Reason(True, f"the last blessed model is not compared: {not_compared}")
        return
    if not last_blessed:
        yield Reason(True, "no model was blessed before, so there is none to be worse than")
        return
    before = last_blessed[0].metrics
    for metric in label_metrics:
        tolerance = settings.tolerance.given().get(metric.name, metric.tolerance)
        if tolerance is None:
            continue
        value, other = metrics[metric.name], before[metric.name]
        passed = _gain(metric, value, other) >= -tolerance - _ROUNDING
        verdict = "is not worse" if passed else "is worse"
        yield Reason(
            passed,
            f"{metric.name} {value:.4f} {verdict} than the last blessed model's "
            f"{other:.4f} beyond the tolerance of {_amount(metric, tolerance)}",
        )
