"""Models and rules of which the gate knows nothing but their answers."""

from typing import Any

import numpy as np

from model import Amount, OneOf, YesNo
from model.evaluation.answers import RowAnswers
from model.evaluation.baselines import BaselineScore
from model.evaluation.estimates import estimates_of
from model.evaluation.fitness.check import Asked, Fitness, Speed
from model.evaluation.metrics import BASELINE, CANDIDATE, SliceMetrics
from model.evaluation.model_gate import Evidence, Verdict, decide
from model.feature_engineering.labels import Answers, Label
from model.settings import GateSettings

FIT = Fitness(
    tensorflow="2.16.2",
    load_seconds=0.5,
    replayed=4,
    asked=[Asked("no 'fare'", True, "refused: You must feed a value")],
    speeds=[
        Speed("serving_columns", p50_ms=0.5, p99_ms=2.0, rows_per_second=400_000),
        Speed("serving_default", p50_ms=0.75, p99_ms=1.5, rows_per_second=200_000),
    ],
    memory_mib=80,
)
"""What a model is that any server can serve."""
LABELS: dict[str, Label] = {
    "yes_no": YesNo("clicked"),
    "one_of": OneOf("species", classes=("a", "b", "c")),
    "amount": Amount("price"),
}


def answers_of(label: Label, skill: float, seed: int, rows: int = 3000, luck: int = 0) -> Answers:
    """A model that is the better, the more of the truth it knows.

    Args:
        label: the kind of it.
        skill: how much of it, from 0 to 1.
        seed: of the rows.
        rows: how many.
        luck: of what the model adds on its own.
    """
    random, own = np.random.default_rng([1, seed]), np.random.default_rng([2, seed, luck])
    truth, chance = random.normal(size=rows), random.random(rows)
    seen = skill * truth + np.sqrt(1 - skill**2) * own.normal(size=rows)
    weights = np.ones(rows, np.float32)
    if isinstance(label, Amount):
        return Answers(100 + 10 * truth, weights, 100 + 10 * skill * seen)
    score = 1 / (1 + np.exp(-2 * skill * seen))
    yes = chance < 1 / (1 + np.exp(-2 * truth))
    if isinstance(label, YesNo):
        return Answers(yes.astype(np.int64), weights, score)
    own_score = np.where(yes, score, 1 - score)
    return Answers(np.where(yes, 1, 2), weights, own_score, own_score > 0.5)


def measure(label: Label, answers: Answers, name: str = "all rows") -> SliceMetrics:
    found = estimates_of(label, answers)
    return SliceMetrics(
        name,
        {"rows": float(answers.weights.sum())} | {one: est.value for one, est in found.items()},
        {one: (est.low, est.high) for one, est in found.items()},
        int(np.count_nonzero(answers.weights)),
    )


def judge(
    label: Label,
    candidate: Answers,
    rule: Answers,
    blessed: Answers | None = None,
    settings: dict[str, Any] | None = None,
    slices: tuple[SliceMetrics, ...] = (),
    **more: Any,
) -> Verdict:
    ruled = [metric.name for metric in label.METRICS if metric.margin is not None]
    scores = {name: label.influences(rule)[name].value for name in ruled}
    keys = np.arange(len(rule.labels))
    models = {CANDIDATE: candidate} | ({BASELINE: blessed} if blessed else {})
    more.setdefault("fitness", FIT)
    evidence = Evidence(
        measured=[measure(label, candidate), *slices],
        answers=RowAnswers(keys, models),
        baselines=[BaselineScore("color alone", scores)],
        rules=RowAnswers(keys, dict.fromkeys(ruled, rule)),
        **more,
    )
    return decide(GateSettings.model_validate(settings or {}), label, evidence)
