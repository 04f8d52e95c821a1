"""One of several classes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, log_loss

from model import OneOf
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.labels import Head
from zeroskew.errors import DataError, FeatureError

COLUMNS = {
    "species": Column("species", "BYTES"),
    "grade": Column("grade", "INT"),
    "length": Column("length", "FLOAT"),
}


def head(label: OneOf, vocabulary: Sequence[str] = ()) -> Head:
    return label.head([], vocabulary, COLUMNS)


def test_given_classes_are_numbered_in_their_order_and_others_are_not_known() -> None:
    label = OneOf("species", classes=("b", "a"))
    row = {"species": tf.constant(["a", "b", "", "c"])}
    assert label.wanted(row) == ()
    found = label.transform(row, [])
    assert found["species"].numpy().tolist()[:2] == [1, 0]
    assert found["row_weight"].numpy().tolist() == [1.0, 1.0, 0.0, 0.0]


def test_learned_classes_are_all_texts_but_the_missing_one() -> None:
    label = OneOf("grade", max_classes=3)
    row = {"grade": tf.constant([7, -1, MISSING_INT], tf.int64)}
    (wanted,) = label.wanted(row)
    assert (wanted.statistic.max_tokens, list(wanted.names)) == (3, ["grade"])
    assert wanted.values.numpy().tolist() == [[b"7"], [b"-1"], [b""]]


def test_an_expression_may_make_classes() -> None:
    label = OneOf("size", lambda row: row["length"] // 10, uses=("length",), classes=(0, 1, 2))
    label.check(COLUMNS)
    found = label.transform({"length": tf.constant([5.0, 25.0, float("nan")])}, [])
    assert found["size"].numpy().tolist()[:2] == [0, 2]
    assert found["row_weight"].numpy().tolist() == [1.0, 1.0, 0.0]


def test_a_client_gets_the_classs_own_value_and_all_probabilities() -> None:
    numbers = tf.math.log([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]])
    made = head(OneOf("species", top_k=2), ["rose", "käse", "x"])
    answer = made.answer(numbers)
    assert answer["label"].numpy().tolist() == ["käse".encode(), b"rose"]
    np.testing.assert_allclose(answer["probability"], [0.5, 0.7], rtol=1e-6)
    np.testing.assert_allclose(answer["probabilities"][0], [0.5, 0.2, 0.3], rtol=1e-6)
    assert answer["classes"].numpy().tolist() == [["käse".encode(), b"rose", b"x"]] * 2
    assert made.measured(tf.constant([0, 1])).numpy().tolist() == [[0, 1, 0], [1, 0, 0]]
    assert answer["top_labels"].numpy().tolist()[0] == ["käse".encode(), b"x"]
    np.testing.assert_allclose(answer["top_probabilities"][1], [0.7, 0.2], rtol=1e-6)


def test_classes_of_whole_numbers_come_back_as_numbers() -> None:
    answer = head(OneOf("grade"), ["7", "-1"]).answer(tf.constant([[0.0, 1.0]]))
    assert answer["label"].dtype == tf.int64
    assert answer["label"].numpy().tolist() == [-1]
    assert "top_labels" not in answer


def test_what_is_measured_has_a_1_for_the_class() -> None:
    measured = head(OneOf("species", classes=("a", "b", "c"))).measured(tf.constant([2, 0, -1]))
    assert measured.numpy().tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"classes": ("a", 1)}, "all classes are words, or all whole numbers"),
        ({"classes": ("a", "a")}, "classes differ"),
        ({"classes": ("a",)}, "classes differ"),
        ({"max_classes": 1}, "max_classes is at least 2"),
        ({"top_k": -1}, "top_k is at least 0"),
    ],
)
def test_wrong_options_are_refused(wrong: Mapping[str, Any], message: str) -> None:
    with pytest.raises(FeatureError, match=message):
        OneOf("species", **wrong)


def test_a_column_of_numbers_that_are_not_whole_holds_no_classes() -> None:
    with pytest.raises(FeatureError, match="classes are words or whole numbers"):
        OneOf("length").check(COLUMNS)


def test_a_single_class_teaches_nothing() -> None:
    with pytest.raises(DataError) as raised:
        head(OneOf("species"), ["rose"])
    assert str(raised.value) == (
        "the label 'species' has at least two classes in the train split\n"
        "  received: rose\n"
        "  do:       check the label's definition in the features file, or bring more data"
    )


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([b"a", b"b", b"c"]), st.integers(1, 4)),
    min_size=2,
    max_size=60,
).filter(lambda rows: len({label for _, label, _ in rows}) == 3)


@given(ROWS)
def test_the_tally_is_scikit_learns_accuracy_and_log_loss(
    rows: list[tuple[int, bytes, int]],
) -> None:
    buckets, labels, weights = (
        np.array(one, dtype)
        for one, dtype in zip(zip(*rows, strict=True), (int, object, float), strict=True)
    )
    tally = OneOf("y").tally(buckets, 5, labels, weights)
    tally.evaluate(buckets, labels, weights)
    classes = np.array([b"a", b"b", b"c"], object)
    overall = np.array([weights[labels == one].sum() for one in classes]) / weights.sum()
    shares = np.array(
        [
            [weights[(buckets == bucket) & (labels == one)].sum() for one in classes]
            for bucket in buckets
        ]
    )
    shares = (shares + overall) / (shares.sum(axis=1, keepdims=True) + 1)
    guesses = classes[shares.argmax(axis=1)]
    texts, guessed = labels.astype(str), guesses.astype(str)
    assert tally.scores() == {
        "accuracy": pytest.approx(accuracy_score(texts, guessed, sample_weight=weights)),
        "log_loss": pytest.approx(log_loss(texts, shares, sample_weight=weights)),
    }


def test_eval_rows_of_a_class_that_train_lacks_are_left_out() -> None:
    one = np.zeros(2, int), 1, np.array([b"a", b"b"], object), np.array([3.0, 1.0])
    tally = OneOf("y").tally(*one)
    labels = np.array([b"a", b"zebra", b"0"], object)
    tally.evaluate(np.zeros(3, int), labels, np.ones(3))
    assert tally.scores()["accuracy"] == 1.0


def test_a_number_tells_nothing_of_classes() -> None:
    labels = np.array([b"cat", b"dog", b"cat"], object)
    assert OneOf("species").told_by(np.array([1.0, 2.0, 1.0]), labels) is None
