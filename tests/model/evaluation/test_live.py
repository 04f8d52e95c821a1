"""A served model by what became true later."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import Amount, OneOf, YesNo
from model.evaluation.estimates import estimates_of
from model.evaluation.live import answers_of, measure_live
from model.feature_engineering.labels import Answers

ONES = np.ones(400)


def test_one_number_for_each_row_is_its_score():
    label = Amount("fare")
    answers = answers_of(label, np.array([1.0, 2.0]), np.ones(2), {label.SCORE: [1.5, 2.5]})
    assert answers.scores.tolist() == [1.5, 2.5]
    assert answers.right is None
    assert estimates_of(label, answers)["mae"].value == 0.5


def test_of_all_classes_the_row_s_own_is_its_score_and_an_unknown_one_is_no_label():
    outputs = {
        "label": np.array(["a", "b", "b"]),
        "classes": np.array([["a", "b"]] * 3),
        "probabilities": np.array([[0.7, 0.3], [0.4, 0.6], [0.2, 0.8]]),
    }
    labels = np.array([b"a", b"a", b"z"], object)
    answers = answers_of(OneOf("species"), labels, np.ones(3), outputs)
    assert answers.scores[:2].tolist() == [0.7, 0.4]
    assert answers.weights.tolist() == [1.0, 1.0, 0.0]
    assert answers.right.tolist() == [True, False, False]
    found = measure_live(OneOf("species"), answers, {"accuracy": 0.5}, 100)
    assert [(one.name, one.live.value, one.rows) for one in found] == [("accuracy", 0.5, 2)]


def test_whole_numbers_are_classes_too():
    outputs = {"label": [3, 4], "classes": [[3, 4]] * 2, "probabilities": [[0.9, 0.1]] * 2}
    answers = answers_of(OneOf("size"), np.array([b"3", b"3"], object), np.ones(2), outputs)
    assert answers.right.tolist() == [True, False]
    assert answers.scores.tolist() == [0.9, 0.9]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), promised=st.floats(0, 1))
def test_the_loss_is_the_difference_and_the_alarm_is_that_it_is_surely_above_0(seed, promised):
    generator = np.random.default_rng(seed)
    scores = generator.uniform(0.01, 0.99, 400)
    answers = Answers((generator.uniform(size=400) < scores).astype(np.int64), ONES, scores)
    by_name = {"accuracy": promised, "log_loss": promised}
    for one in measure_live(YesNo("paid"), answers, by_name, 1000):
        sign = 1 if one.name == "log_loss" else -1
        assert one.loss.value == pytest.approx(sign * (one.live.value - promised))
        # As sure as both are: the rows that were served, and as many as were promised on.
        live, loss = (it.high - it.low for it in (one.live, one.loss))
        assert loss == pytest.approx(live * np.sqrt(1 + 400 / 1000), rel=0.05)
        assert one.alarm == (one.loss.low > 0)


def test_a_few_rows_never_are_an_alarm():
    answers = Answers(np.zeros(29, np.int64), np.ones(29), np.ones(29))
    (accuracy,) = measure_live(YesNo("paid"), answers, {"accuracy": 0.9}, 1000)
    assert (accuracy.live.value, accuracy.loss.low > 0, accuracy.alarm) == (0.0, True, False)
    thirty = Answers(np.zeros(30, np.int64), np.ones(30), np.ones(30))
    assert measure_live(YesNo("paid"), thirty, {"accuracy": 0.9}, 1000)[0].alarm


def test_what_was_not_promised_and_what_the_rows_do_not_have_is_left_out():
    answers = Answers(np.ones(400, np.int64), ONES, np.full(400, 0.6))
    assert [one.name for one in measure_live(YesNo("paid"), answers, {"auc": 0.9}, 9)] == []
