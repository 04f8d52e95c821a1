"""A question that is answered by yes or no."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, roc_auc_score

from model import YesNo
from model.feature_engineering.columns import MISSING_INT, Column, Row
from model.feature_engineering.labels import Label
from zeroskew.errors import FeatureError

NAN = float("nan")
TIP = YesNo(
    "big_tip",
    lambda row: row["tips"] > 0.2 * row["fare"],
    uses=("tips", "fare"),
    known_before=("fare",),
)


def answers(label: Label, row: Row) -> list[int | None]:
    """The label of each row, None where it is not known."""
    found = label.transform(row, [])
    assert found[label.name].dtype == tf.int64
    pairs = zip(found[label.name].numpy().tolist(), found["row_weight"].numpy(), strict=True)
    return [answer if weight else None for answer, weight in pairs]


def test_the_label_is_1_where_the_answer_is_yes_and_0_elsewhere() -> None:
    row = {"tips": tf.constant([3.0, 1.0]), "fare": tf.constant([10.0, 10.0])}
    assert answers(TIP, row) == [1, 0]


def test_where_a_value_is_missing_the_answer_is_not_known() -> None:
    row = {"tips": tf.constant([NAN, 3.0, 3.0]), "fare": tf.constant([10.0, NAN, 10.0])}
    assert answers(TIP, row) == [None, None, 1]
    old = YesNo("old", lambda row: row["age"] > 40, uses=("age",))
    assert answers(old, {"age": tf.constant([41, 40, MISSING_INT], tf.int64)}) == [1, 0, None]


@pytest.mark.parametrize(
    ("label", "values", "wanted"),
    [
        (YesNo("churn", positive="Yes"), ["Yes", "No", "yes", ""], [1, 0, 0, None]),
        (YesNo("c", column="churn", positive="Yes"), ["Yes", "No", "", "?"], [1, 0, None, 0]),
        (
            YesNo("churn", positive="Yes", negative="No"),
            ["Yes", "No", "", "?"],
            [1, 0, None, None],
        ),
        (YesNo("churn"), [1, 0, MISSING_INT, 2], [1, 0, None, 0]),
        (YesNo("churn", positive=2, negative=1), [1, 2, MISSING_INT, 3], [0, 1, None, None]),
    ],
)
def test_a_column_with_its_positive_value(
    label: YesNo, values: Sequence[Any], wanted: Sequence[int | None]
) -> None:
    dtype = tf.string if isinstance(values[0], str) else tf.int64
    assert answers(label, {"churn": tf.constant(values, dtype)}) == wanted


def test_a_row_counts_what_its_weight_says_and_nothing_without_a_label() -> None:
    label = YesNo("churn", weight="share")
    row = {
        "churn": tf.constant([1, 0, MISSING_INT, 1], tf.int64),
        "share": tf.constant([2.5, 0.5, 1.0, NAN]),
    }
    assert label.sources == ("churn", "share")
    assert label.transform(row, [])["row_weight"].numpy().tolist() == [2.5, 0.5, 0.0, 0.0]


def test_columns_are_secret_unless_they_are_known_before() -> None:
    assert TIP.secret == ("tips",)
    assert YesNo("x", lambda row: row["a"] > row["b"], uses=("a", "b")).secret == ("a", "b")
    assert YesNo("churn", column="left").secret == ("left",)


def test_transform_writes_the_label_that_the_columns_give(world) -> None:
    tips, fare = world.values("tips"), world.values("fare")
    known = ~np.isnan(tips) & ~np.isnan(fare)
    expected = (tips > 0.2 * fare).astype(int)
    assert world.transformed["big_tip"][known].tolist() == expected[known].tolist()
    assert world.transformed["row_weight"].tolist() == known.astype(float).tolist()
    assert expected[known].sum() == 2


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ({"positive": "Yes"}, "which holds numbers\n  received: 'Yes'"),
        ({"weight": "word"}, "its weight is a number column\n  received: 'word, BYTES'"),
        ({"column": "word"}, "which holds text\n  received: 1"),
    ],
)
def test_a_wrong_column_is_refused(mistake: Mapping[str, Any], message: str) -> None:
    columns = {"churn": Column("churn", "INT"), "word": Column("word", "BYTES")}
    with pytest.raises(FeatureError) as raised:
        YesNo("churn", **mistake).check(columns)
    assert message in str(raised.value)


def test_no_probability_is_0_or_1() -> None:
    answer = TIP.head([], (), {}).answer(tf.constant([[-200.0], [0.0], [200.0]]))
    low, middle, high = answer["probability"].numpy().tolist()
    assert (low, middle) == (pytest.approx(1e-7), 0.5)
    assert 1 - 2e-7 < high < 1
    assert answer["logit"].numpy().tolist() == [-200.0, 0.0, 200.0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"uses": ("a",)},
        {"compute": lambda row: row["a"] > 1},
        {"compute": lambda row: row["a"] > 1, "uses": ("a",), "column": "a"},
    ],
)
def test_a_label_is_a_column_or_an_expression(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(FeatureError, match="label 'y'"):
        YesNo("y", **wrong)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(1, 4)), min_size=2, max_size=60
    ).filter(lambda rows: len({label for _, label, _ in rows}) == 2)
)
def test_the_tally_is_scikit_learns_accuracy_and_area(rows: list[tuple[int, int, int]]) -> None:
    buckets, labels, weights = (np.array(one) for one in zip(*rows, strict=True))
    tally = YesNo("y").tally(buckets, 5, labels, weights.astype(float))
    tally.evaluate(buckets, labels, weights)
    rates = np.array(
        [np.average(labels[buckets == one], weights=weights[buckets == one]) for one in buckets]
    )
    assert tally.scores() == {
        "accuracy": pytest.approx(accuracy_score(labels, rates > 0.5, sample_weight=weights)),
        "auc": pytest.approx(roc_auc_score(labels, rates, sample_weight=weights)),
    }


@pytest.mark.parametrize("digits", [0, 1, 9])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_tells_by_scikit_learns_area_or_that_of_its_negative(
    digits: int, sign: int
) -> None:
    random = np.random.default_rng(digits)
    labels = random.integers(0, 2, 500)
    numbers = sign * np.round(labels + random.normal(size=500), digits)
    name, value = TIP.told_by(numbers, labels) or ("", 0.0)
    area = roc_auc_score(labels, numbers)
    assert name == "AUC"
    assert value == pytest.approx(max(area, 1 - area), abs=1e-12)
    assert value > 0.7


def test_a_number_tells_nothing_of_one_answer() -> None:
    assert TIP.told_by(np.arange(3.0), np.ones(3, np.int64)) is None
