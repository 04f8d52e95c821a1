import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.embeddings.two_samples import energy


def normal(rows: int, seed: int, mean: float = 0.0, spread: float = 1.0) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(mean, spread, (rows, 6))
    return drawn.astype(np.float32)


def test_the_coefficient_is_that_of_its_definition() -> None:
    first, second = normal(7, 1), normal(5, 2, mean=0.5)

    def mean(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.mean([[np.linalg.norm(x - y) for y in b] for x in a]))

    between = 2 * mean(first, second)
    far = between - mean(first, first) - mean(second, second)
    assert energy(first, second).coefficient == pytest.approx(far / between, rel=1e-6)


@pytest.mark.parametrize(("mean", "spread"), [(0.5, 1.0), (0.0, 2.0)])
def test_another_mean_or_spread_is_significant(mean: float, spread: float) -> None:
    found = energy(normal(200, 1), normal(200, 2, mean, spread))
    assert found.significance == pytest.approx(1 / 200)
    assert found.coefficient > 0.02


def test_samples_of_one_distribution_seldom_are() -> None:
    found = [energy(normal(60, seed), normal(60, seed + 100)).significance for seed in range(40)]
    assert sum(one <= 0.05 for one in found) <= 6


@given(rows=st.integers(1, 8), seed=st.integers(0, 30), scale=st.sampled_from([1e-3, 1.0, 1e6]))
def test_it_lies_between_0_and_1_and_is_0_of_the_same(rows, seed, scale):
    first, second = normal(rows, seed) * np.float32(scale), normal(rows + 2, seed + 1)
    found = energy(first, second)
    assert 0 <= found.coefficient <= 1
    assert 0 < found.significance <= 1
    same = energy(first, first)
    assert same.coefficient == pytest.approx(0, abs=1e-6)
    assert energy(first * 0, first * 0).coefficient == 0
