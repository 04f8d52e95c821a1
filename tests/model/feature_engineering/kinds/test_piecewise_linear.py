import itertools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from model import PiecewiseLinear
from zeroskew.errors import FeatureError

GREATEST = float(np.finfo(np.float32).max)


def encoded(numbers: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The definition of the paper, with the outer bins bounded, for edges that all differ."""
    rows = [
        [
            0.0 if x < low else 1.0 if x >= high else (x - low) / (high - low)
            for low, high in itertools.pairwise(edges)
        ]
        for x in numbers
    ]
    return np.array(rows)


def fill(values: list[float], edges: list[float]) -> np.ndarray:
    learned = {
        "range": tf.constant([[edges[0], edges[-1]]], tf.float32),
        "quantiles": tf.constant([edges[1:-1]], tf.float32),
    }
    feature = PiecewiseLinear("fare", bins=len(edges) - 1)
    vectors, _ = feature.transform(tf.constant(values, tf.float32)[:, tf.newaxis], learned)
    return vectors.numpy()[:, 0]


@pytest.mark.parametrize("column", ["fare", "latitude"])
def test_the_vector_is_what_the_paper_says_over_the_quartiles(world, column):
    values = world.values(column)
    present = ~np.isnan(values)
    edges = np.quantile(values[present], [0, 0.25, 0.5, 0.75, 1], method="higher")
    vectors = world.transformed[f"{column}_pieces_xf"]
    assert vectors.shape == (30, 4)
    np.testing.assert_allclose(vectors[present], encoded(values[present], edges), atol=2e-4)


def test_a_missing_number_is_zeros_and_marked(world):
    (row,) = np.flatnonzero(world.transformed["fare_pieces_xf_missing"])
    assert world.table["fare"][row] is None
    assert world.transformed["fare_pieces_xf"][row].tolist() == [0.0] * 4


def test_numbers_beyond_the_train_split_fill_none_or_all(world):
    outputs = world.apply(fare=[-3e38, 3e38, float("inf"), None])
    assert outputs["fare_pieces_xf"].tolist() == [[0.0] * 4, [1.0] * 4, [0.0] * 4, [0.0] * 4]
    assert outputs["fare_pieces_xf_missing"].tolist() == [0.0, 0.0, 1.0, 1.0]


def test_a_column_of_one_value_says_whether_it_is_reached(world):
    assert world.transformed["constant_pieces_xf"].tolist() == [[1.0] * 4] * 30
    asked = world.apply(constant=[6.9, 7.0, 7.1])["constant_pieces_xf"]
    assert asked.tolist() == [[0.0] * 4, [1.0] * 4, [1.0] * 4]


def test_a_column_without_any_value_is_zeros(world):
    assert world.transformed["nothing_pieces_xf"].tolist() == [[0.0] * 3] * 30
    assert world.transformed["nothing_pieces_xf_missing"].tolist() == [1.0] * 30


def test_a_bin_between_equal_edges_is_full_as_soon_as_they_are_reached():
    vectors = fill([-1.0, 0.0, 1.0, 2.0, 3.0], [0.0, 2.0, 2.0, 4.0])
    assert vectors.tolist() == [[0, 0, 0], [0, 0, 0], [0.5, 0, 0], [1, 1, 0], [1, 1, 0.5]]


def test_the_greatest_numbers_there_are_do_no_harm():
    vectors = fill([-GREATEST, 0.0, GREATEST], [-GREATEST, GREATEST / 2, GREATEST])
    np.testing.assert_allclose(vectors, [[0, 0], [2 / 3, 0], [1, 1]], atol=1e-6)


@given(
    st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=3, max_size=6).map(sorted),
    st.lists(st.floats(-(2.0**101), 2.0**101, width=32), min_size=1, max_size=9).map(sorted),
)
def test_every_part_is_between_0_and_1_and_grows_with_the_number(edges, numbers):
    vectors = fill(numbers, edges)
    assert np.all((vectors >= 0) & (vectors <= 1))
    assert np.all(np.diff(vectors, axis=0) >= 0)
    assert np.all(np.diff(vectors, axis=1) <= 0)


def test_both_sides_of_the_network_get_the_vector_and_the_indicator(encode):
    encoding = encode(PiecewiseLinear("fare", bins=5))
    for side in (encoding.wide, encoding.deep):
        assert [tuple(one.shape) for one in side] == [(None, 5), (None, 1)]


def test_one_bin_is_refused():
    with pytest.raises(FeatureError, match="bins must be at least 2"):
        PiecewiseLinear("fare", bins=1)
