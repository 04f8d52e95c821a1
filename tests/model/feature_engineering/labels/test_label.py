import tensorflow as tf

from model import Label
from model.feature_engineering.columns import MISSING_INT

TIP = Label(
    "big_tip",
    lambda row: row["tips"] > 0.2 * row["fare"],
    uses=("tips", "fare"),
    known_before=("fare",),
)


def test_the_label_is_1_where_the_answer_is_yes_and_0_elsewhere():
    row = {"tips": tf.constant([3.0, 1.0]), "fare": tf.constant([10.0, 10.0])}
    label = TIP.transform(row)
    assert label.dtype == tf.int64
    assert label.numpy().tolist() == [1, 0]


def test_a_comparison_with_a_missing_value_is_no():
    nan = float("nan")
    row = {"tips": tf.constant([nan, 3.0]), "fare": tf.constant([10.0, nan])}
    assert TIP.transform(row).numpy().tolist() == [0, 0]


def test_integer_columns_are_read_as_numbers_with_nan_where_missing():
    label = Label("old", lambda row: row["age"] > 40, uses=("age",))
    row = {"age": tf.constant([41, 40, MISSING_INT], tf.int64)}
    assert label.transform(row).numpy().tolist() == [1, 0, 0]


def test_columns_are_secret_unless_they_are_known_before():
    assert TIP.secret == ("tips",)
    assert Label("x", lambda row: row["a"] > row["b"], uses=("a", "b")).secret == ("a", "b")


def test_transform_writes_the_label_that_the_columns_give(world):
    tips, fare = world.values("tips"), world.values("fare")
    expected = (tips > 0.2 * fare).astype(int)
    assert world.transformed["big_tip"].tolist() == expected.tolist()
    assert expected.sum() == 2
