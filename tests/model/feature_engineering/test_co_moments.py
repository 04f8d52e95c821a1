import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from model.feature_engineering.analyzers import Wanted, learn
from model.feature_engineering.co_moments import CoMoments

NUMBERS = st.floats(-1e3, 1e3) | st.just(float("nan"))
GROUPS = st.integers(1, 12).flatmap(
    lambda rows: st.lists(
        st.integers(2, 4).flatmap(
            lambda columns: arrays.arrays(np.float64, (rows, columns), elements=NUMBERS)
        ),
        min_size=1,
        max_size=3,
    )
)


@pytest.fixture(autouse=True, scope="module")
def no_beam():
    """Sums over the only batch; that of tf.Transform runs in `test_pca.py`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tft, "sum", lambda values, reduce_instance_dims: tf.reduce_sum(values, 0))
        yield


def reference(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    missing = np.isnan(numbers)
    counts = np.maximum((~missing).sum(axis=0), 1)
    mean = np.where(missing, 0.0, numbers).sum(axis=0) / counts
    distances = np.where(missing, 0.0, numbers - mean)
    return mean, distances.T @ distances / max(len(numbers) - 1, 1)


@settings(max_examples=60)
@given(GROUPS)
def test_each_group_has_the_moments_of_its_columns_with_the_mean_in_the_gaps(groups):
    wanted = [Wanted(CoMoments(), ["group"], tf.constant(one)) for one in groups]
    for numbers, moments in zip(groups, learn(wanted), strict=True):
        mean, covariance = reference(numbers)
        assert moments.shape == (numbers.shape[1] + 1, numbers.shape[1])
        np.testing.assert_allclose(moments[0], mean, atol=1e-9)
        np.testing.assert_allclose(moments[1:], covariance, atol=1e-6)


def test_groups_share_an_analyzer():
    assert CoMoments().analyzer == CoMoments().analyzer
