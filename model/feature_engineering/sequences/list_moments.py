"""Mean and variance of the numbers in lists, learned in one pass."""

from collections.abc import Hashable, Sequence
from typing import Any

from model.feature_engineering.analyzers import Statistic, Wanted
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")
tft = lazy_import("tensorflow_transform")

_ROUNDING = 1e-13
"""A variance with less of the squared mean, from which it is computed, is rounding."""


class ListMoments(Statistic):
    """Mean and variance of all finite numbers in all lists, shape [2], float64; 0 without any."""

    @property
    def analyzer(self) -> Hashable:
        """All lists share one analyzer."""
        return ListMoments

    def learn_all(self, wanted: Sequence[Wanted]) -> Sequence[Any]:
        """Learns from all lists side by side: how many, their sum and the sum of their squares."""
        sums = tf.concat([_sums(one.values) for one in wanted], axis=1)
        found = tft.sum(sums, reduce_instance_dims=False)
        return [_moments(part) for part in tf.split(found, len(wanted))]


def _sums(lists: Any) -> Any:
    numbers = tf.cast(lists.flat_values, tf.float64)
    is_finite = tf.math.is_finite(numbers)
    finite = tf.where(is_finite, numbers, tf.zeros_like(numbers))
    parts = tf.stack([tf.cast(is_finite, tf.float64), finite, tf.square(finite)], axis=1)
    return tf.reduce_sum(parts, axis=0, keepdims=True)


def _moments(sums: Any) -> Any:
    count, total, squares = tf.unstack(sums, num=3)
    mean = tf.math.divide_no_nan(total, count)
    variance = tf.math.divide_no_nan(squares, count) - mean**2
    real = variance > _ROUNDING * mean**2
    return tf.stack([mean, tf.where(real, variance, tf.zeros_like(variance))])
