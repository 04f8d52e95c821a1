import pytest

from model import YesNo
from model.evaluation.baselines import BaselineScore
from model.evaluation.metrics import SliceMetrics
from model.evaluation.model_gate import Reason, Verdict, decide
from model.settings import GateSettings

BASELINES = [
    BaselineScore("majority class", {"accuracy": 0.8, "auc": 0.5}),
    BaselineScore("payment_type alone", {"accuracy": 0.85, "auc": 0.9}),
    BaselineScore("fare alone", {"accuracy": 0.86, "auc": 0.7}),
]
GOOD = {"auc": 0.95, "accuracy": 0.9, "log_loss": 0.2, "ece": 0.01}
CASH = "payment_type=Cash"


def verdict(settings: dict, good: dict = GOOD, cash: dict | None = None, last=None) -> Verdict:
    candidate = [SliceMetrics("all rows", good)]
    candidate += [SliceMetrics(CASH, cash)] if cash else []
    blessed = [SliceMetrics("all rows", last)] if last else []
    return decide(
        GateSettings.model_validate(settings), YesNo.METRICS, candidate, blessed, BASELINES
    )


def test_a_first_model_that_beats_the_trivial_rules_is_blessed_with_these_sentences():
    decision = verdict({})
    assert decision.blessed
    assert decision.reasons == [
        Reason(
            True,
            "auc 0.9500 beats the best trivial rule (payment_type alone: 0.9000) by the margin "
            "of 0.005",
        ),
        Reason(
            True,
            "accuracy 0.9000 beats the best trivial rule (fare alone: 0.8600) by the margin of "
            "0.001",
        ),
        Reason(True, "no model was blessed before, so there is none to be worse than"),
    ]


def test_a_last_blessed_model_that_cannot_be_compared_is_named():
    reason = "its label, or what rows count, is another one in 3 of 9 rows"
    candidate = [SliceMetrics("all rows", GOOD)]
    decision = decide(GateSettings(), YesNo.METRICS, candidate, [], BASELINES, reason)
    assert decision.blessed
    assert decision.reasons[-1] == Reason(True, f"the last blessed model is not compared: {reason}")


def test_a_constant_model_at_the_majority_rate_is_refused():
    constant = {"auc": 0.5, "accuracy": 0.8, "log_loss": 0.5, "ece": 0.0}
    decision = decide(
        GateSettings(), YesNo.METRICS, [SliceMetrics("all rows", constant)], [], BASELINES[:1]
    )
    assert not decision.blessed
    assert decision.reasons[:2] == [
        Reason(
            False,
            "auc 0.5000 does not beat the best trivial rule (majority class: 0.5000) by the "
            "margin of 0.005",
        ),
        Reason(
            False,
            "accuracy 0.8000 does not beat the best trivial rule (majority class: 0.8000) by the "
            "margin of 0.001",
        ),
    ]


def test_a_model_above_the_best_rule_by_less_than_the_margin_is_refused():
    decision = verdict({"margins": {"accuracy": 0.0, "auc": 0.1}})
    assert [reason.passed for reason in decision.reasons] == [False, True, True]
    assert not decision.blessed
    assert decision.reasons[0].text == (
        "auc 0.9500 does not beat the best trivial rule (payment_type alone: 0.9000) by the "
        "margin of 0.1"
    )


@pytest.mark.parametrize(
    ("threshold", "passed", "text"),
    [
        ({"auc": 0.95}, True, "auc 0.9500 on all rows is at least 0.95"),
        ({"auc": 0.96}, False, "auc 0.9500 on all rows must be at least 0.96"),
        ({"accuracy": 0.9}, True, "accuracy 0.9000 on all rows is at least 0.9"),
        ({"accuracy": 0.91}, False, "accuracy 0.9000 on all rows must be at least 0.91"),
        ({"log_loss": 0.2}, True, "log_loss 0.2000 on all rows is at most 0.2"),
        ({"log_loss": 0.19}, False, "log_loss 0.2000 on all rows must be at most 0.19"),
        ({"ece": 0.02}, True, "ece 0.0100 on all rows is at most 0.02"),
        ({"ece": 0.005}, False, "ece 0.0100 on all rows must be at most 0.005"),
    ],
)
def test_an_absolute_threshold_is_met_or_missed(threshold, passed, text):
    decision = verdict({"thresholds": threshold})
    assert decision.reasons[2] == Reason(passed, text)
    assert len(decision.reasons) == 4
    assert decision.blessed is passed


def test_a_metric_that_could_not_be_measured_misses_its_threshold():
    decision = verdict({"thresholds": {"auc": 0.0}}, {**GOOD, "auc": float("nan")})
    assert Reason(False, "auc nan on all rows must be at least 0") in decision.reasons
    assert not decision.blessed


@pytest.mark.parametrize(
    ("auc", "passed", "text"),
    [
        (0.8, True, f"auc 0.8000 on {CASH} is at least 0.75"),
        (0.7, False, f"auc 0.7000 on {CASH} must be at least 0.75"),
    ],
)
def test_a_slice_is_held_against_its_own_threshold(auc, passed, text):
    decision = verdict({"slices": {CASH: {"auc": 0.75}}}, cash={**GOOD, "auc": auc})
    assert decision.reasons[2] == Reason(passed, text)
    assert decision.blessed is passed


def test_a_slice_that_the_eval_split_does_not_hold_is_a_refusal():
    decision = verdict({"slices": {CASH: {"auc": 0.75}}})
    assert decision.reasons[2] == Reason(
        False, "the slice payment_type=Cash has a threshold but no row in the eval split"
    )
    assert not decision.blessed


TOLERANCE = {"tolerance": {"auc": 0.01, "accuracy": 0.02, "ece": 0.005}}


def test_a_model_as_good_as_the_last_blessed_one_is_blessed():
    decision = verdict(TOLERANCE, last=GOOD)
    assert decision.blessed
    assert [reason.text for reason in decision.reasons[2:]] == [
        "auc 0.9500 is not worse than the last blessed model's 0.9500 beyond the tolerance of 0.01",
        "accuracy 0.9000 is not worse than the last blessed model's 0.9000 beyond the tolerance "
        "of 0.02",
        "ece 0.0100 is not worse than the last blessed model's 0.0100 beyond the tolerance of "
        "0.005",
    ]


@pytest.mark.parametrize(
    ("metric", "before", "passed"),
    [
        ("auc", 0.955, True),
        ("auc", 0.965, False),
        ("auc", 0.6, True),
        ("accuracy", 0.915, True),
        ("accuracy", 0.925, False),
        ("accuracy", 0.5, True),
        ("ece", 0.006, True),
        ("ece", 0.004, False),
        ("ece", 0.9, True),
    ],
)
def test_lower_auc_and_accuracy_and_higher_ece_are_worse(metric, before, passed):
    decision = verdict(TOLERANCE, last={**GOOD, metric: before})
    assert decision.blessed is passed
    (reason,) = (one for one in decision.reasons[2:] if one.text.startswith(f"{metric} "))
    verb = "is not worse" if passed else "is worse"
    assert reason == Reason(
        passed,
        f"{metric} {GOOD[metric]:.4f} {verb} than the last blessed model's {before:.4f} beyond "
        f"the tolerance of {TOLERANCE['tolerance'][metric]:g}",
    )


def test_one_failed_reason_among_passed_ones_is_a_refusal():
    assert Verdict([Reason(True, "a"), Reason(True, "b")]).blessed
    assert not Verdict([Reason(True, "a"), Reason(False, "b")]).blessed


def test_a_threshold_on_what_one_class_cannot_have_refuses_the_model():
    cash = {"accuracy": 1.0, "log_loss": 0.1, "ece": 0.0}
    decision = verdict({"slices": {CASH: {"auc": 0.6, "accuracy": 0.9}}}, cash=cash)
    assert decision.reasons[2:4] == [
        Reason(
            False,
            "auc must be at least 0.6 on payment_type=Cash, whose rows all have one class",
        ),
        Reason(True, "accuracy 1.0000 on payment_type=Cash is at least 0.9"),
    ]
