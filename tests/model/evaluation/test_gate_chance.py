"""The gate over many draws: luck is not blessed, and neither is getting worse step by step."""

import numpy as np
import pytest
from judged import LABELS, answers_of, judge

from model.evaluation.references import choose
from model.serving.blessed import Blessed

DRAWS = 200


@pytest.mark.parametrize("kind", LABELS)
def test_a_model_exactly_as_good_as_the_best_rule_hardly_ever_passes(kind: str) -> None:
    label = LABELS[kind]
    passed = sum(
        judge(label, answers_of(label, 0.6, seed, luck=1), answers_of(label, 0.6, seed)).blessed
        for seed in range(DRAWS)
    )
    assert passed <= 0.06 * DRAWS


@pytest.mark.parametrize("kind", LABELS)
def test_a_model_exactly_as_good_as_the_blessed_one_is_hardly_ever_refused(kind: str) -> None:
    label = LABELS[kind]
    refused = 0
    for seed in range(DRAWS):
        rule, one = answers_of(label, 0.1, seed), answers_of(label, 0.8, seed)
        other = answers_of(label, 0.8, seed, luck=1)
        refused += not judge(label, one, rule, other).blessed
    assert refused <= 0.05 * DRAWS


def blessed_in_a_row(reference: str, runs: int = 31) -> list[bool]:
    """Each model is a little worse than the one before, on the rows of its day."""
    label, blessed = LABELS["yes_no"], []
    known: list[tuple[float, float]] = []
    for run in range(runs):
        skill = 0.9 - 0.02 * run
        one, rule = answers_of(label, skill, run), answers_of(label, 0.05, run)
        place = choose(
            [Blessed(score, "") for _, score in known],
            "",
            reference=reference,
            remembered=10,
            lower_is_better=False,
        )
        before = None if place is None else answers_of(label, known[place][0], run)
        good = judge(label, one, rule, before).blessed
        blessed.append(good)
        if good:
            known.insert(0, (skill, label.influences(one)["auc"].value))
    return blessed


def test_models_that_get_worse_step_by_step_are_stopped() -> None:
    by_best = blessed_in_a_row("best")
    assert by_best[0]
    assert sum(by_best) < 10
    assert not any(by_best[10:])
    assert sum(blessed_in_a_row("none")) > 25


def test_scores_of_models_vary_as_their_intervals_say() -> None:
    label = LABELS["yes_no"]
    found = [label.influences(answers_of(label, 0.8, seed))["auc"] for seed in range(DRAWS)]
    spread = np.std([one.value for one in found])
    assert spread == pytest.approx(np.sqrt(found[0].rows @ found[0].rows), rel=0.15)
