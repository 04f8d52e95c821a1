"""What the gate found, in sentences with numbers."""

import functools

from model.evaluation.estimates import Estimate
from model.evaluation.findings import (
    AgainstBlessed,
    AgainstBound,
    AgainstRule,
    Finding,
    Said,
    TooFewRows,
)
from model.feature_engineering.labels import Metric


@functools.singledispatch
def sentence(finding: Finding) -> str:
    """Returns a finding as a sentence."""
    raise TypeError(f"no sentence for a {type(finding).__name__}")


@sentence.register
def _(finding: AgainstRule) -> str:
    metric = finding.metric
    if finding.margin is not None:
        verdict = "is surely better than" if finding.passed else "is not surely better than"
    else:
        verdict = _verdict(finding.gain, passed=finding.passed)
    wanted = f", more than {_amount(metric, finding.margin)} is wanted" if finding.margin else ""
    return (
        f"{metric.name} {_estimate(finding.mine)} {verdict} the best trivial rule "
        f"({finding.rule}: {_number(finding.theirs)}): {_reach(metric, finding.gain)}{wanted}"
    )


@sentence.register
def _(finding: AgainstBlessed) -> str:
    metric = finding.metric
    verdict = _verdict(finding.gain, passed=finding.passed)
    beyond = f" beyond the tolerance of {_amount(metric, finding.tolerance)}"
    return (
        f"{metric.name} {_estimate(finding.mine)} {verdict} {finding.name} "
        f"({_number(finding.theirs)}){'' if finding.gain.low > 0 else beyond}: "
        f"{_reach(metric, finding.gain)}"
    )


@sentence.register
def _(finding: AgainstBound) -> str:
    limit = "at most" if finding.metric.lower_is_better else "at least"
    bound = f"{limit} {finding.bound:g}"
    name, where = finding.metric.name, finding.where
    if finding.value is None:
        return f"{name} must be {bound} on {where}, whose rows all have one class"
    ends = finding.interval
    between = f" ({_number(ends[0])} to {_number(ends[1])})" if ends else ""
    verdict = "is" if finding.passed else "must be"
    return f"{name} {_number(finding.value)}{between} on {where} {verdict} {bound}"


@sentence.register
def _(finding: TooFewRows) -> str:
    rows = f"{finding.rows:,} row{'' if finding.rows == 1 else 's'}"
    return f"{finding.where} has {rows}, too few to judge: fewer than {finding.least:,}"


@sentence.register
def _(finding: Said) -> str:
    return finding.text


def _verdict(gain: Estimate, *, passed: bool) -> str:
    if gain.low > 0:
        return "is surely better than"
    return "is not surely worse than" if passed else "is surely worse than"


def _estimate(one: Estimate) -> str:
    return f"{_number(one.value)} ({_number(one.low)} to {_number(one.high)})"


def _number(value: float) -> str:
    return f"{value:.4f}"


def _amount(metric: Metric, value: float | None) -> str:
    return f"{value or 0:.4g} of it" if metric.relative else f"{value or 0:g}"


def _reach(metric: Metric, gain: Estimate) -> str:
    """Says where a difference lies for sure, of it 95 %."""
    low, high, unit = gain.low, gain.high, " of it" if metric.relative else ""
    if low > 0:
        return f"by {_number(low)} to {_number(high)}{unit}"
    if high < 0:
        return f"by {_number(-high)} to {_number(-low)}{unit}"
    return f"from {_number(abs(low))} worse to {_number(high)} better{unit}"
