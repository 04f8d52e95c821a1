"""What features learn from the whole train split, learned for all of them in one pass.

An analyzer of tf.Transform costs a dozen Beam stages, whatever it computes. So features only say
what they want to know; numbers that want the same statistic share one analyzer.
"""

import dataclasses
import itertools
from collections.abc import Iterable
from typing import Any

from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")
tft = lazy_import("tensorflow_transform")


@dataclasses.dataclass(frozen=True)
class Statistic:
    """One thing to learn about one number.

    Attributes:
        name: under which the result is found.
        number: float32 of shape [batch]; NaN is left out.
    """

    name: str
    number: Any

    @property
    def group(self) -> tuple[Any, ...]:
        """Statistics of equal group share an analyzer."""
        return (type(self).__name__,)

    def learn_all(self, numbers: Any) -> Any:
        """Learns the statistic of several numbers, given as float32 of shape [batch, n].

        Returns:
            Results whose first axis has length n.
        """
        raise NotImplementedError


class Moments(Statistic):
    """Mean and variance, shape [2]; 0 where there is no value."""

    def learn_all(self, numbers: Any) -> Any:
        """Learns shape [n, 2]."""
        mean = tft.mean(numbers, reduce_instance_dims=False)
        variance = tft.var(numbers, reduce_instance_dims=False)
        return _finite(tf.stack([mean, variance], axis=1))


class Range(Statistic):
    """Smallest and largest value, shape [2]; 0 where there is no value."""

    def learn_all(self, numbers: Any) -> Any:
        """Learns shape [n, 2]."""
        missing = tf.math.is_nan(numbers)
        low = tft.min(tf.where(missing, float("inf"), numbers), reduce_instance_dims=False)
        high = tft.max(tf.where(missing, float("-inf"), numbers), reduce_instance_dims=False)
        return _finite(tf.stack([low, high], axis=1))


@dataclasses.dataclass(frozen=True)
class Quantiles(Statistic):
    """The boundaries of equally full buckets, shape [buckets - 1].

    Attributes:
        buckets: how many.
    """

    buckets: int = 2

    @property
    def group(self) -> tuple[Any, ...]:
        """Statistics of equal group share an analyzer."""
        return (*super().group, self.buckets)

    def learn_all(self, numbers: Any) -> Any:
        """Learns shape [n, buckets - 1]."""
        epsilon = min(0.001, 0.1 / self.buckets)
        # A column without any value has no quantiles, and TFT cannot learn its neighbours' then:
        # a row of zeros that weighs next to nothing gives it some.
        padded = tf.concat([numbers, tf.zeros([1, numbers.shape[1]])], axis=0)
        weights = tf.concat([tf.ones_like(numbers[:, 0]), [1e-9]], axis=0)
        quantiles = tft.quantiles(
            padded, self.buckets, epsilon, weights=weights, reduce_instance_dims=False
        )
        return _finite(quantiles)


def learn(statistics: Iterable[Statistic]) -> dict[str, Any]:
    """Learns every statistic, one analyzer for each group.

    Returns:
        By name, the tensor that the statistic's class describes.
    """
    learned: dict[str, Any] = {}
    ordered = sorted(statistics, key=lambda statistic: repr(statistic.group))
    for _, members in itertools.groupby(ordered, key=lambda statistic: statistic.group):
        group = list(members)
        results = group[0].learn_all(tf.stack([one.number for one in group], axis=1))
        learned.update({one.name: results[place] for place, one in enumerate(group)})
    return learned


def _finite(numbers: Any) -> Any:
    return tf.where(tf.math.is_finite(numbers), numbers, tf.zeros_like(numbers))
