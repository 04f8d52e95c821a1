"""A number."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from model import Amount
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.labels import Head
from zeroskew.errors import DataError, FeatureError

COLUMNS = {"price": Column("price", "FLOAT"), "word": Column("word", "BYTES")}


def head(labels: Sequence[float], **options: Any) -> Head:
    """The head that these train labels teach, in two batches."""
    values = np.array(labels, np.float32)
    return Amount("price", **options).head([values[:2], values[2:]], (), COLUMNS)


def test_the_label_is_the_number_and_not_known_where_there_is_none() -> None:
    found = Amount("price").transform({"price": tf.constant([1.5, float("nan"), -2.0])}, [])
    assert found["price"].dtype == tf.float32
    assert found["price"].numpy()[[0, 2]].tolist() == [1.5, -2.0]
    assert found["row_weight"].numpy().tolist() == [1.0, 0.0, 1.0]


def test_an_expression_is_exact_before_it_is_narrowed() -> None:
    label = Amount("seconds", lambda row: row["end"] - row["start"], uses=("end", "start"))
    row = {
        "start": tf.constant([1_700_000_000, 1_700_000_000, MISSING_INT], tf.int64),
        "end": tf.constant([1_700_000_007, 1_700_000_013, 5], tf.int64),
    }
    found = label.transform(row, [])
    assert found["seconds"].numpy()[:2].tolist() == [7.0, 13.0]
    assert found["row_weight"].numpy().tolist() == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("scaling", ["zscore", "log"])
def test_scaling_is_undone_in_the_answer(scaling: str) -> None:
    labels = np.array([0.0, 10.0, 100.0, 1000.0])
    made = head(labels, scaling=scaling)
    scaled = np.log1p(labels) if scaling == "log" else labels
    numbers = (scaled - scaled.mean()) / scaled.std()
    answer = made.answer(tf.constant(numbers[:, np.newaxis], tf.float32))
    assert list(answer) == ["value"]
    np.testing.assert_allclose(answer["value"], labels, rtol=1e-5, atol=1e-4)


def test_the_loss_is_the_squared_error_in_standard_deviations() -> None:
    made = head([0.0, 2.0, 4.0])
    deviation = np.std([0.0, 2.0, 4.0])
    loss = made.loss(tf.constant([[2.0], [4.0]]), tf.constant([[1.0], [0.0]]))
    np.testing.assert_allclose(loss, [1.0, (2.0 / deviation) ** 2], rtol=1e-6)


def test_bounds_come_in_order_and_their_loss_is_least_at_the_quantiles() -> None:
    made = head([0.0, 2.0, 4.0], interval=0.8)
    assert made.units == 3
    answer = made.answer(tf.constant([[0.0, 1.0, -1.0]]))
    assert answer["low"].numpy()[0] < answer["value"].numpy()[0] < answer["high"].numpy()[0]
    labels = np.random.default_rng(0).uniform(0, 4, 4001).astype(np.float32)
    deviation = np.std([0.0, 2.0, 4.0])
    places = np.linspace(-1.5, 1.5, 61, dtype=np.float32)
    for column, quantile in ((1, 0.1), (2, 0.9)):
        losses = []
        for place in places:
            numbers = np.zeros((len(labels), 3), np.float32)
            numbers[:, column] = place
            losses.append(float(tf.reduce_mean(made.loss(labels[:, np.newaxis], numbers))))
        best = places[int(np.argmin(losses))] * deviation + 2.0
        assert best == pytest.approx(np.quantile(labels, quantile), abs=0.1)


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (
            [3.0, 3.0, 3.0],
            {},
            "the label 'price' differs between rows of the train split\n"
            "  received: 3 in all 3 rows\n"
            "  do:       check the label's definition in the features file, or bring more data",
        ),
        (
            [3.0, -1.0, 3.0],
            {"scaling": "log"},
            "the label 'price' is 0 or more, for its scaling is logarithmic\n"
            "  received: -1\n"
            '  do:       leave out scaling="log", or mend the data',
        ),
    ],
)
def test_labels_that_teach_nothing_are_refused(
    labels: Sequence[float], options: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(DataError) as raised:
        head(labels, **options)
    assert str(raised.value) == message


@pytest.mark.parametrize("wrong", [{"scaling": "cube"}, {"interval": 1.0}, {"interval": 0.0}])
def test_wrong_options_are_refused(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(FeatureError, match="label 'price'"):
        Amount("price", **wrong)


def test_a_text_column_is_no_number() -> None:
    with pytest.raises(FeatureError, match="it is a number column"):
        Amount("word").check(COLUMNS)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.floats(-100, 100, width=32), st.integers(1, 4)),
        min_size=1,
        max_size=60,
    )
)
def test_the_tally_is_scikit_learns_errors(rows: list[tuple[int, float, int]]) -> None:
    buckets, labels, weights = (
        np.array(one, dtype)
        for one, dtype in zip(zip(*rows, strict=True), (int, float, float), strict=True)
    )
    tally = Amount("y").tally(buckets, 5, labels, weights)
    tally.evaluate(buckets, labels, weights)
    means = [np.average(labels[buckets == b], weights=weights[buckets == b]) for b in buckets]
    medians = [np.median(labels[buckets == b]) for b in buckets]
    assert tally.scores() == {
        "rmse": pytest.approx(mean_squared_error(labels, means, sample_weight=weights) ** 0.5),
        "mae": pytest.approx(mean_absolute_error(labels, medians, sample_weight=weights)),
    }


def test_a_number_tells_by_what_a_line_through_it_explains() -> None:
    random = np.random.default_rng(3)
    numbers = random.normal(size=500)
    labels = (7 - 2 * numbers + random.normal(size=500)).astype(np.float32)
    slope, start = np.polyfit(numbers, labels.astype(np.float64), 1)
    name, value = Amount("price").told_by(numbers, labels) or ("", 0.0)
    assert name == "R²"
    assert value == pytest.approx(r2_score(labels.astype(np.float64), slope * numbers + start))
    assert 0.7 < value < 0.9


@pytest.mark.parametrize(("numbers", "labels"), [([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [5, 5, 5])])
def test_a_number_tells_nothing_where_all_are_equal(numbers: list[int], labels: list[int]) -> None:
    told = Amount("price").told_by(np.array(numbers, np.float64), np.array(labels, np.float32))
    assert told is None
