"""The decision whether a model may serve, with its reasons in sentences."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from model.evaluation.baselines import BaselineScore, best
from model.evaluation.metrics import OVERALL, SliceMetrics
from model.settings import GateSettings, Thresholds

LOWER_IS_BETTER = frozenset({"log_loss", "ece"})
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
    candidate: Sequence[SliceMetrics],
    last_blessed: Sequence[SliceMetrics],
    baselines: Sequence[BaselineScore],
) -> Verdict:
    """Checks the candidate against baselines, thresholds and the last blessed model.

    Args:
        settings: what it must reach.
        candidate: its metrics, all rows and slices.
        last_blessed: the last blessed model's metrics on the same rows; empty if there is none.
        baselines: the trivial baselines' scores on the same rows.
    """
    metrics = {one.slice: one.metrics for one in candidate}
    reasons = [
        *_against_baselines(settings, metrics[OVERALL], baselines),
        *_against_thresholds(settings.thresholds, OVERALL, metrics[OVERALL]),
        *_against_slices(settings, metrics),
        *_against_last_blessed(settings, metrics[OVERALL], last_blessed),
    ]
    return Verdict(reasons)


def _against_baselines(
    settings: GateSettings, metrics: Mapping[str, float], baselines: Sequence[BaselineScore]
) -> Iterator[Reason]:
    for metric, margin in settings.margins.model_dump().items():
        rule = best(baselines, metric)
        score = getattr(rule, metric)
        passed = metrics[metric] >= score + margin
        verb = "beats" if passed else "does not beat"
        yield Reason(
            passed,
            f"{metric} {metrics[metric]:.4f} {verb} the best trivial rule ({rule.rule}: "
            f"{score:.4f}) by the margin of {margin:g}",
        )


def _against_thresholds(
    thresholds: Thresholds, where: str, metrics: Mapping[str, float]
) -> Iterator[Reason]:
    for metric, bound in thresholds.model_dump(exclude_none=True).items():
        lower = metric in LOWER_IS_BETTER
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
    settings: GateSettings, metrics: Mapping[str, float], last_blessed: Sequence[SliceMetrics]
) -> Iterator[Reason]:
    if not last_blessed:
        yield Reason(True, "no model was blessed before, so there is none to be worse than")
        return
    before = last_blessed[0].metrics
    for metric, tolerance in settings.tolerance.model_dump().items():
        loss = metrics[metric] - before[metric]
        loss = loss if metric in LOWER_IS_BETTER else -loss
        passed = loss <= tolerance + _ROUNDING
        verdict = "is not worse" if passed else "is worse"
        yield Reason(
            passed,
            f"{metric} {metrics[metric]:.4f} {verdict} than the last blessed model's "
            f"{before[metric]:.4f} beyond the tolerance of {tolerance:g}",
        )
