import dataclasses
from typing import Any

import numpy as np
import pytest
from judged import FIT, LABELS, answers_of, judge, measure

from model.evaluation.answers import RowAnswers
from model.evaluation.baselines import BaselineScore
from model.evaluation.metrics import CANDIDATE, SliceMetrics
from model.evaluation.model_gate import Evidence, Reason, Verdict, decide
from model.feature_engineering.labels import Answers
from model.settings import GateSettings
from zeroskew.errors import DataError

YES_NO = LABELS["yes_no"]
GOOD, FAIR, POOR = (answers_of(YES_NO, skill, 1) for skill in (0.9, 0.5, 0.1))
CASH = "payment_type=Cash"


def texts(verdict: Verdict, start: str) -> list[str]:
    return [one.text for one in verdict.reasons if one.text.startswith(start)]


def test_a_first_model_that_beats_the_trivial_rules_is_blessed_with_these_sentences() -> None:
    verdict = judge(YES_NO, GOOD, FAIR)
    assert verdict.blessed
    assert verdict.reasons == [
        Reason(
            True,
            "auc 0.8223 (0.8076 to 0.8370) is surely better than the best trivial rule "
            "(color alone: 0.6771): by 0.1336 to 0.1568",
        ),
        Reason(
            True,
            "accuracy 0.7440 (0.7284 to 0.7596) is surely better than the best trivial rule "
            "(color alone: 0.6310): by 0.0983 to 0.1277",
        ),
        Reason(True, "no model was blessed before, so there is none to be worse than"),
        Reason(
            True,
            "plain TensorFlow 2.16.2 serves it: 4 warm-up requests and 1 odd ones get the answers "
            "they should",
        ),
    ]
    low, high = verdict.intervals["all rows"]["auc"]
    assert (round(low, 4), round(high, 4)) == (0.8076, 0.837)


@pytest.mark.parametrize("kind", LABELS)
def test_for_each_kind_of_label(kind: str) -> None:
    label = LABELS[kind]
    good, fair, poor = (answers_of(label, skill, 2) for skill in (0.9, 0.5, 0.1))
    assert judge(label, good, fair).blessed
    assert judge(label, good, poor, fair).blessed
    assert judge(label, fair, poor, fair).blessed
    assert not judge(label, fair, fair).blessed
    assert not judge(label, poor, fair).blessed
    worse = judge(label, fair, poor, good)
    first = label.METRICS[0].name
    (text,) = [one.text for one in worse.reasons if not one.passed and one.text.startswith(first)]
    assert "is surely worse than the last blessed model" in text
    unit = " of it" if kind == "amount" else ""
    assert text.endswith(unit)
    assert f"beyond the tolerance of {label.METRICS[0].tolerance:g}{unit}: by " in text


def test_a_model_like_the_best_rule_is_refused() -> None:
    other = answers_of(YES_NO, 0.5, 1, luck=1)
    verdict = judge(YES_NO, other, FAIR)
    assert [one.passed for one in verdict.reasons] == [False, True, True, True]
    assert " is not surely better than the best trivial rule" in verdict.reasons[0].text
    assert " worse to " in verdict.reasons[0].text


def test_a_margin_is_a_gain_to_be_sure_of() -> None:
    passed = judge(YES_NO, GOOD, FAIR, settings={"margins": {"auc": 0.13}})
    refused = judge(YES_NO, GOOD, FAIR, settings={"margins": {"auc": 0.14}})
    assert (passed.blessed, refused.blessed) == (True, False)
    assert refused.reasons[0].text.endswith(": by 0.1336 to 0.1568, more than 0.14 is wanted")
    both = judge(YES_NO, GOOD, FAIR, settings={"margins": {"accuracy": 0.05}})
    assert " is surely better than" in both.reasons[1].text
    none = judge(YES_NO, FAIR, FAIR, settings={"margins": {"accuracy": 0}})
    assert [one.passed for one in none.reasons] == [False, False, True, True]


def test_another_metric_must_not_be_surely_worse_than_the_rule() -> None:
    shifted = dataclasses.replace(GOOD, scores=GOOD.scores * 0.4)
    verdict = judge(YES_NO, shifted, FAIR)
    assert [one.passed for one in verdict.reasons] == [True, False, True, True]
    assert " is surely worse than the best trivial rule" in verdict.reasons[1].text


@pytest.mark.parametrize(
    ("threshold", "passed", "text"),
    [
        ({"auc": 0.82}, True, "auc 0.8223 (0.8076 to 0.8370) on all rows is at least 0.82"),
        ({"auc": 0.83}, False, "auc 0.8223 (0.8076 to 0.8370) on all rows must be at least 0.83"),
        ({"ece": 0.5}, True, "on all rows is at most 0.5"),
        ({"ece": 0.001}, False, "on all rows must be at most 0.001"),
    ],
)
def test_an_absolute_threshold_is_met_or_missed(
    threshold: dict[str, float], passed: bool, text: str
) -> None:
    verdict = judge(YES_NO, GOOD, FAIR, settings={"thresholds": threshold})
    assert verdict.reasons[2].text.endswith(text)
    assert len(verdict.reasons) == 5
    assert verdict.blessed is verdict.reasons[2].passed is passed


def on_cash(rows: int, **settings: Any) -> Verdict:
    cash = measure(YES_NO, answers_of(YES_NO, 0.9, 3, rows), CASH)
    bound = {"slices": {CASH: {"auc": 0.95}}, **settings}
    return judge(YES_NO, GOOD, FAIR, settings=bound, slices=(cash,))


def test_a_slice_is_held_against_its_own_threshold() -> None:
    verdict = on_cash(100)
    (text,) = texts(verdict, "auc 0.7576")
    assert text.endswith(f"on {CASH} must be at least 0.95")
    assert not verdict.blessed


def test_a_small_slice_is_reported_and_not_judged() -> None:
    text = f"{CASH} has 99 rows, too few to judge: fewer than 100"
    assert Reason(True, text) in on_cash(99).reasons
    assert on_cash(99).blessed
    assert not on_cash(99, least_rows=99).blessed


def test_a_slice_that_the_eval_split_does_not_hold_is_a_refusal() -> None:
    verdict = judge(YES_NO, GOOD, FAIR, settings={"slices": {CASH: {"auc": 0.75}}})
    text = "the slice payment_type=Cash has a threshold but no row in the eval split"
    assert verdict.reasons[2] == Reason(False, text)


def test_a_threshold_on_what_one_class_cannot_have_refuses_the_model() -> None:
    cash = SliceMetrics(CASH, {"accuracy": 1.0, "log_loss": 0.1, "ece": 0.0})
    bounds = {"slices": {CASH: {"auc": 0.6, "accuracy": 0.9}}}
    verdict = judge(YES_NO, GOOD, FAIR, settings=bounds, slices=(cash,))
    one_class = "auc must be at least 0.6 on payment_type=Cash, whose rows all have one class"
    assert verdict.reasons[2:4] == [
        Reason(False, one_class),
        Reason(True, "accuracy 1.0000 on payment_type=Cash is at least 0.9"),
    ]


def test_a_model_as_good_as_the_blessed_one_is_blessed() -> None:
    verdict = judge(YES_NO, GOOD, POOR, GOOD, reference="the best of the last 10 blessed models")
    assert verdict.blessed
    assert [one.text for one in verdict.reasons[2:4]] == [
        "auc 0.8223 (0.8076 to 0.8370) is not surely worse than the best of the last 10 blessed "
        "models (0.8223) beyond the tolerance of 0.005: from 0.0000 worse to 0.0000 better",
        "accuracy 0.7440 (0.7284 to 0.7596) is not surely worse than the best of the last 10 "
        "blessed models (0.7440) beyond the tolerance of 0.005: from 0.0000 worse to 0.0000 better",
    ]
    named = [*["auc", "accuracy"] * 2, "ece", "plain"]
    assert [one.text.split()[0] for one in verdict.reasons] == named


def test_a_tolerance_is_a_loss_that_may_be() -> None:
    strict = {"tolerance": {"auc": 0.0, "accuracy": 0.0, "ece": 0.0}}
    loose = {"tolerance": {"auc": 0.2, "accuracy": 0.2, "ece": 0.2}}
    assert not judge(YES_NO, FAIR, POOR, GOOD, strict).blessed
    assert judge(YES_NO, FAIR, POOR, GOOD, loose).blessed


def test_what_is_not_compared_is_said() -> None:
    reason = "its label, or what rows count, is another one in 3 of 9 rows"
    verdict = judge(YES_NO, GOOD, FAIR, not_compared=reason)
    assert verdict.reasons[-2] == Reason(True, f"the last blessed model is not compared: {reason}")
    anew = judge(YES_NO, FAIR, POOR, GOOD, {"reference": "none"})
    assert anew.blessed
    text = "no earlier model is compared, as gate.reference says"
    assert anew.reasons[-2] == Reason(True, text)


def test_a_model_without_an_answer_is_refused() -> None:
    scores = GOOD.scores.copy()
    scores[:7] = np.nan
    verdict = judge(YES_NO, dataclasses.replace(GOOD, scores=scores), FAIR)
    assert verdict.reasons[0] == Reason(False, "the model gives no number for 7 rows")


def test_rows_that_count_nothing_are_not_compared() -> None:
    weights = np.where(np.arange(3000) < 1000, 0, 1).astype(np.float32)
    parts = [dataclasses.replace(one, weights=weights) for one in (GOOD, FAIR)]
    rest = [one.take(np.arange(1000, 3000)) for one in (GOOD, FAIR)]
    assert judge(YES_NO, *parts).reasons == judge(YES_NO, *rest).reasons


def test_other_rows_are_an_error() -> None:
    def answers(keys: range, one: Answers) -> RowAnswers:
        return RowAnswers(np.array(keys), {CANDIDATE: one, "auc": one, "accuracy": one})

    rule = BaselineScore("color alone", {"auc": 0.5, "accuracy": 0.5})
    evidence = Evidence(
        measured=[measure(YES_NO, GOOD)],
        answers=answers(range(3000), GOOD),
        baselines=[rule],
        rules=answers(range(1, 3001), FAIR),
        fitness=FIT,
    )
    with pytest.raises(DataError, match="3,000 rows and 3,000 others"):
        decide(GateSettings(), YES_NO, evidence)


def test_a_model_that_is_too_big_is_refused() -> None:
    verdict = judge(YES_NO, GOOD, FAIR, settings={"serving": {"memory_mib": 64}})
    assert not verdict.blessed
    assert [one.text for one in verdict.reasons if not one.passed] == [
        "it takes 80 MiB of memory, but at most 64 is allowed"
    ]


def test_one_failed_reason_among_passed_ones_is_a_refusal() -> None:
    assert Verdict([Reason(True, "a"), Reason(True, "b")]).blessed
    assert not Verdict([Reason(True, "a"), Reason(False, "b")]).blessed
