import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.preprocessing import QuantileTransformer

from model.feature_engineering.quantile_ranks import bin_edges, normal_scores

MOST = 5.1993377
NUMBERS = st.floats(-(2.0**100), 2.0**100, width=32)


def learned_edges(values: np.ndarray, bins: int) -> np.ndarray:
    return np.quantile(values, np.linspace(0, 1, bins + 1)).astype(np.float32)[np.newaxis]


def scores_of(values: object, edges: np.ndarray) -> np.ndarray:
    numbers = tf.constant(np.array(values, np.float32)[:, np.newaxis])
    return normal_scores(numbers, tf.constant(edges)).numpy()[:, 0]


def reference(values: np.ndarray, asked: np.ndarray) -> np.ndarray:
    model = QuantileTransformer(n_quantiles=101, output_distribution="normal", subsample=None)
    model.fit(values[:, np.newaxis])
    return model.transform(asked[:, np.newaxis])[:, 0]


@pytest.mark.parametrize("draw", ["lognormal", "standard_normal", "standard_cauchy"])
def test_scores_are_those_of_scikit_learn(draw):
    values = getattr(np.random.default_rng(3), draw)(size=1000).astype(np.float32)
    asked = np.concatenate([values, [-1e30, 1e30, 0.1]]).astype(np.float32)
    scores = scores_of(asked, learned_edges(values, 100))
    np.testing.assert_allclose(scores, reference(values, asked), atol=2e-4)


def test_equal_values_take_the_middle_of_their_ranks_as_in_scikit_learn():
    values = np.array([0.0, *range(10, 50), *[60.0] * 30, *range(70, 100)], np.float32)
    asked = np.array([60.0, 65.0, 20.0], np.float32)
    scores = scores_of(asked, learned_edges(values, 100))
    np.testing.assert_allclose(scores, reference(values, asked), atol=2e-4)


def test_they_do_so_at_the_ends_too_where_scikit_learn_takes_the_least_score():
    values = np.array([0.0] * 51 + list(range(1, 51)), np.float32)
    (score,) = scores_of([0.0], learned_edges(values, 100))
    assert score == pytest.approx(-0.6744898, abs=1e-5)  # The score of the rank 0.25.
    assert reference(values, np.zeros(1))[0] == pytest.approx(-MOST)


def test_a_constant_scores_0_and_what_lies_beside_it_the_most():
    edges = np.full((1, 101), 7.0, np.float32)
    np.testing.assert_allclose(scores_of([7.0, 6.0, 8.0], edges), [0, -MOST, MOST], atol=1e-4)


def test_the_greatest_numbers_there_are_have_scores():
    greatest = float(np.finfo(np.float32).max)
    edges = np.array([[-greatest, 0.0, greatest]], np.float32)
    asked = [-greatest, -greatest / 2, 0.0, greatest / 2, greatest]
    expected = [-MOST, -0.6744898, 0, 0.6744898, MOST]
    np.testing.assert_allclose(scores_of(asked, edges), expected, atol=1e-4)


def test_each_feature_has_its_own_edges():
    numbers = tf.constant([[1.0, 1.0], [2.0, 2.0]])
    edges = tf.constant([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]])
    expected = [[0.0, -MOST], [MOST, 0.0]]
    np.testing.assert_allclose(normal_scores(numbers, edges).numpy(), expected, atol=1e-4)


@given(arrays.arrays(np.float32, st.integers(2, 30), elements=NUMBERS), st.integers(2, 9))
def test_scores_keep_the_order_and_are_finite(values, bins):
    scores = scores_of(np.sort(values), learned_edges(values, bins))
    assert np.all(np.isfinite(scores))
    assert np.all(np.diff(scores) >= 0)


def test_edges_are_the_range_around_the_quantiles_none_of_which_lies_beyond_it():
    edges = bin_edges(tf.constant([[1.0, 4.0], [0.0, 0.0]]), tf.constant([[2.0, 5.0], [0.0, 0.0]]))
    assert edges.numpy().tolist() == [[1.0, 2.0, 4.0, 4.0], [0.0] * 4]
