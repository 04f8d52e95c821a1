"""Two models of different runs, held together row by row."""

import numpy as np
import pytest
from judged import LABELS, answers_of

from model.evaluation.answers import RowAnswers
from model.evaluation.estimates import gain
from model.evaluation.metrics import CANDIDATE
from model.evaluation.two_models import hold_together
from model.feature_engineering.labels import METRICS

KEYS = np.arange(10, 3010)


def shuffled(answers: RowAnswers) -> RowAnswers:
    order = np.random.default_rng(3).permutation(len(answers.keys))
    taken = {name: one.take(order) for name, one in answers.by_name.items()}
    return RowAnswers(answers.keys[order], taken)


@pytest.mark.parametrize("name", LABELS)
def test_the_same_rows_are_compared_one_by_one_in_whatever_order_they_lie(name: str) -> None:
    label = LABELS[name]
    first, second = (answers_of(label, 0.5, 1, luck=1), answers_of(label, 0.8, 1, luck=2))
    mine, theirs = (RowAnswers(KEYS, {CANDIDATE: one}) for one in (first, second))
    found = hold_together(mine, shuffled(theirs), label)
    assert (found.first, found.second, found.shared) == (3000, 3000, 3000)
    before, after = label.influences(first), label.influences(second)
    assert set(found.differences) == set(before)
    for metric, one in found.differences.items():
        assert one.value == pytest.approx(after[metric].value - before[metric].value)
        assert one.low < one.value < one.high
        if not METRICS[metric].relative:
            sign = -1 if METRICS[metric].lower_is_better else 1
            gained = gain(METRICS[metric], after[metric], before[metric])
            assert one.high - one.low == pytest.approx(gained.high - gained.low)
            assert one.value == pytest.approx(sign * gained.value)
    first_metric = label.METRICS[0]
    one = found.differences[first_metric.name]
    assert one.high < 0 if first_metric.lower_is_better else one.low > 0


def test_a_model_is_no_other_than_itself() -> None:
    label = LABELS["yes_no"]
    mine = RowAnswers(KEYS, {CANDIDATE: answers_of(label, 0.5, 1)})
    found = hold_together(mine, shuffled(mine), label)
    for one in found.differences.values():
        assert (one.low, one.value, one.high) == pytest.approx((0, 0, 0), abs=1e-12)


def test_other_rows_and_another_label_have_no_differences() -> None:
    label = LABELS["yes_no"]
    answers = answers_of(label, 0.5, 1)
    mine = RowAnswers(KEYS, {CANDIDATE: answers})
    others = RowAnswers(KEYS + 1000, {CANDIDATE: answers})
    found = hold_together(mine, others, label)
    assert (found.shared, found.same_rows, found.differences) == (2000, False, {})
    assert hold_together(mine, mine, None).differences == {}


def test_rows_that_are_there_twice_count_twice() -> None:
    label = LABELS["yes_no"]
    answers = answers_of(label, 0.5, 1, rows=4)
    one = RowAnswers(np.array([1, 1, 1, 2]), {CANDIDATE: answers})
    other = RowAnswers(np.array([1, 1, 2, 2]), {CANDIDATE: answers})
    assert hold_together(one, other, label).shared == 3
    assert not hold_together(one, other, label).same_rows
