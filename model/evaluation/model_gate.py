"""The decision whether a model may serve, with its reasons in sentences."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from model.evaluation.answers import RowAnswers, require_same_rows
from model.evaluation.baselines import BaselineScore
from model.evaluation.findings import (
    Finding,
    Said,
    against_blessed,
    against_bounds,
    against_rules,
    without_answer,
)
from model.evaluation.fitness.check import Fitness
from model.evaluation.fitness.limits import unfit
from model.evaluation.metrics import BASELINE, CANDIDATE, SliceMetrics
from model.evaluation.sentences import sentence
from model.feature_engineering.labels import Label
from model.settings import GateSettings


@dataclasses.dataclass(frozen=True)
class Reason:
    """One thing that was checked.

    Attributes:
        passed: whether the model passed.
        text: a sentence with the numbers; where two are in brackets, or follow "by" or "from", they
            are the ends of a 95 % interval, by DeLong or by influence values.
    """

    passed: bool
    text: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The decision.

    Attributes:
        reasons: everything that was checked, in order.
        intervals: by slice and metric, the ends of its 95 % interval.
    """

    reasons: Sequence[Reason]
    intervals: Mapping[str, Mapping[str, tuple[float, float]]] = dataclasses.field(
        default_factory=dict
    )

    @property
    def blessed(self) -> bool:
        """Whether everything passed."""
        return all(reason.passed for reason in self.reasons)


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What is known of a model.

    Attributes:
        measured: its metrics, of all rows and of slices.
        answers: to each eval row, its own and those of the blessed model it is held against, if
            there is one.
        baselines: the trivial rules' scores on the same rows.
        rules: by metric, the best rule's answers to the same rows.
        fitness: what a server would make of it.
        reference: the blessed model in words.
        not_compared: why it did not answer, if there is one.
    """

    measured: Sequence[SliceMetrics]
    answers: RowAnswers
    baselines: Sequence[BaselineScore]
    rules: RowAnswers
    fitness: Fitness
    reference: str = "the last blessed model"
    not_compared: str = ""


def decide(settings: GateSettings, label: Label, evidence: Evidence) -> Verdict:
    """Checks a model against the trivial rules, the thresholds and an earlier model.

    Args:
        settings: what it must reach.
        label: what it predicts.
        evidence: what is known of it.

    Raises:
        DataError: models and rules were not asked the same rows.
    """
    require_same_rows(evidence.answers, evidence.rules)
    answers = evidence.answers.by_name[CANDIDATE]
    findings = [
        *without_answer(answers),
        *against_rules(settings, label, answers, evidence.rules, evidence.baselines),
        *against_bounds(settings, evidence.measured),
        *_against_reference(settings, label, evidence),
        *unfit(settings.serving, evidence.fitness),
    ]
    reasons = [Reason(finding.passed, sentence(finding)) for finding in findings]
    return Verdict(reasons, {one.slice: one.intervals for one in evidence.measured})


def _against_reference(
    settings: GateSettings, label: Label, evidence: Evidence
) -> Iterator[Finding]:
    if settings.reference == "none":
        yield Said("no earlier model is compared, as gate.reference says")
    elif evidence.not_compared:
        yield Said(f"{evidence.reference} is not compared: {evidence.not_compared}")
    elif BASELINE not in evidence.answers.by_name:
        yield Said("no model was blessed before, so there is none to be worse than")
    else:
        yield from against_blessed(settings, label, evidence.answers, evidence.reference)
