import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zeroskew.statistics import vector_moments
from zeroskew.statistics.vector_moments import Lengths, lengths_of, moments_of, shift

NUMBERS = st.floats(-1000, 1000, width=32)


@given(arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(1, 5)), elements=NUMBERS))
def test_sums_are_those_of_all_rows_however_they_are_divided(vectors):
    cut = len(vectors) // 3
    found = moments_of(vectors[:cut]) + moments_of(vectors[cut:])
    wide = vectors.astype(np.float64)
    assert found.rows == len(vectors)
    assert found.zeros == int((wide == 0).all(axis=1).sum())
    np.testing.assert_allclose(found.mean, wide.mean(axis=0), atol=1e-9)
    want = np.sqrt(((wide - wide.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert found.spread == pytest.approx(want, abs=1e-4)
    assert found.lengths.counts.sum() == len(vectors)
    whole = moments_of(vectors)
    np.testing.assert_array_equal(whole.lengths.counts, found.lengths.counts)


@given(st.lists(st.floats(0, 2.0**60, width=32), min_size=1, max_size=60), st.floats(0, 1))
def test_a_quantile_is_right_to_one_part_in_2048(lengths, share):
    values = np.array(lengths)
    found = Lengths.of(values)
    want = np.sort(values)[min(len(values) - 1, max(0, int(np.ceil(share * len(values))) - 1))]
    assert found.quantile(share) == pytest.approx(want, rel=1 / 2048, abs=1e-37)


def test_chunks_do_not_show(monkeypatch) -> None:
    vectors = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    whole = moments_of(vectors)
    monkeypatch.setattr(vector_moments, "_CHUNK", 12)
    parts = moments_of(vectors)
    np.testing.assert_allclose(parts.squares, whole.squares)
    assert (parts.rows, parts.lengths.counts.sum()) == (50, 50)


def test_vectors_that_are_not_finite_are_left_out() -> None:
    vectors = np.array([[1, 2], [np.nan, 1], [np.inf, 1], [0, 0]], np.float32)
    found = moments_of(vectors)
    assert (found.rows, found.zeros) == (2, 1)
    assert found.mean.tolist() == [0.5, 1.0]


def test_alike_is_the_mean_cosine_to_the_mean_direction() -> None:
    vectors = np.random.default_rng(1).normal(1, 1, (40, 3)).astype(np.float32)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    direction = units.mean(axis=0) / np.linalg.norm(units.mean(axis=0))
    assert moments_of(vectors).alike == pytest.approx((units @ direction).mean(), rel=1e-6)
    assert np.isnan(moments_of(np.zeros((3, 2), np.float32)).alike)


def test_numbers_whose_squares_are_no_float32_are_measured() -> None:
    vectors = np.array([[3e30, 4e30], [3e38, 3e38]], np.float32)
    np.testing.assert_allclose(lengths_of(vectors)[0], 5e30, rtol=1e-6)
    assert moments_of(vectors).typical_length == pytest.approx(3e38, rel=1e-3)
    assert moments_of(vectors).lengths.quantile(0.5) == pytest.approx(5e30, rel=1e-3)


def test_a_shift_is_in_standard_deviations_of_before() -> None:
    before = moments_of(np.array([[1, 0], [-1, 0]], np.float32))
    after = moments_of(np.array([[1, 2], [-1, 2]], np.float32))
    assert shift(before, after) == pytest.approx(2.0)
    assert shift(before, before) == 0.0
    equal = moments_of(np.zeros((2, 2), np.float32))
    assert shift(equal, after) == np.inf


def test_the_deviation_is_the_median_of_the_distances_to_the_median() -> None:
    found = Lengths.of(np.array([1.0, 2.0, 4.0, 8.0, 64.0]))
    assert found.quantile(0.5) == 4.0
    assert found.deviation == 3.0
    assert np.isnan(Lengths.of(np.empty(0)).deviation)
