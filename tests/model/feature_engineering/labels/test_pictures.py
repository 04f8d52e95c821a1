"""What a page shows of a label's answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import Amount, OneOf, YesNo
from model.feature_engineering.columns import Column
from model.feature_engineering.labels.influence import Answers, area_under_roc
from model.feature_engineering.labels.pictures import (
    calibration,
    evenly,
    histogram,
    precision_recall_curve,
    roc_curve,
)


def answers(labels: list[float], scores: list[float], right: list[bool] | None = None) -> Answers:
    return Answers(
        np.array(labels),
        np.ones(len(labels), np.float32),
        np.array(scores, np.float32),
        None if right is None else np.array(right),
    )


ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20)), min_size=1, max_size=60)


@given(ROWS)
def test_the_area_under_the_curve_is_the_auc(rows: list[tuple[int, int]]) -> None:
    both = [*rows, (1, 3), (0, 7)]
    one = answers([label for label, _ in both], [score / 20 for _, score in both])
    x, y = roc_curve(one)
    area = area_under_roc(one.scores, one.labels, one.weights)
    assert area is not None
    assert (x[0], y[0], x[-1], y[-1]) == (0.0, 0.0, 1.0, 1.0)
    trapezes = sum((x[i + 1] - x[i]) * (y[i + 1] + y[i]) / 2 for i in range(len(x) - 1))
    assert trapezes == pytest.approx(area.value)


def test_a_curve_of_many_rows_has_few_points_and_nearly_the_same_area() -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 20_000)
    scores = random.random(20_000) * 0.6 + labels * 0.3
    x, y = roc_curve(Answers(labels, np.ones(20_000), scores))
    area = area_under_roc(scores, labels, np.ones(20_000))
    assert area is not None
    assert len(x) <= 201
    assert np.diff(x) @ (np.array(y)[1:] + np.array(y)[:-1]) / 2 == pytest.approx(
        area.value, abs=1e-3
    )


def test_precision_and_recall_go_from_the_surest_to_all_rows() -> None:
    recall, precision = precision_recall_curve(answers([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]))
    assert recall == [0.5, 0.5, 1.0, 1.0]
    assert precision == [1.0, 0.5, pytest.approx(2 / 3), 0.5]


def test_rows_that_count_more_weigh_more_in_a_calibration_bin() -> None:
    one = Answers(np.array([1, 0, 1]), np.array([3.0, 1.0, 1.0]), np.array([0.1, 0.2, 1.0]))
    means, shares = calibration(one, 2)
    assert means == [pytest.approx(0.125), 1.0]
    assert shares == [0.75, 1.0]


def test_bars_hold_all_values_the_ends_what_lies_beyond() -> None:
    middles, shares = histogram(np.array([-5.0, 0.5, 0.5, 9.0]), 0.0, 30.0)
    assert middles[:2] == [0.5, 1.5]
    assert shares[:2] == [0.75, 0.0]
    assert sum(shares) == 1.0


@pytest.mark.parametrize("rows", [1, 7, 400, 5000])
def test_some_rows_are_chosen_evenly_first_and_last_among_them(rows: int) -> None:
    chosen = evenly(np.arange(rows))
    assert len(chosen) == min(rows, 400)
    assert (chosen[0], chosen[-1]) == (0, rows - 1)


def test_each_kind_of_label_has_pictures_of_both_models() -> None:
    yes_no, classes = (
        answers([1, 0, 1], [0.9, 0.4, 0.3]),
        answers([0, 1], [0.7, 0.2], [True, False]),
    )
    amounts = answers([1.0, 2.0, 4.0], [1.5, 2.0, 3.0])
    for label, one, titles in (
        (YesNo("tipped"), yes_no, ["ROC curve", "Precision and recall", "Calibration"]),
        (OneOf("species"), classes, ["How sure of the right class"]),
        (Amount("price"), amounts, ["price: said against true", "Errors"]),
    ):
        pictures = label.pictures({"this model": one, "reference": one})
        assert [one.title for one in pictures] == titles
        for picture in pictures:
            assert [series.name for series in picture.series] == ["this model", "reference"]
            assert picture.form == "bars" or len(picture.guide) == 2


def test_the_most_wrong_answer_has_the_greatest_loss() -> None:
    assert YesNo("a").losses(answers([1, 0], [0.5, 0.0])).tolist() == [pytest.approx(np.log(2)), 0]
    assert OneOf("a").losses(answers([0], [0.25], [False])).tolist() == [pytest.approx(np.log(4))]
    assert Amount("a").losses(answers([1.0, 5.0], [3.0, 5.0])).tolist() == [2.0, 0.0]


def test_classes_are_named_in_the_order_of_the_answers() -> None:
    columns = {"n": Column("n", "INT"), "t": Column("t", "BYTES")}
    assert OneOf("n").class_names(["10", "9"], columns) == ["9", "10"]
    assert OneOf("t").class_names(["10", "9"], columns) == ["10", "9"]
    assert OneOf("t", classes=("b", "a")).class_names([], columns) == ["b", "a"]
    assert YesNo("n").class_names([], columns) == ()
