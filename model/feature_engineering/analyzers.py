"""What features learn from the whole train split, learned for all of them in one pass.

An analyzer of tf.Transform costs a dozen Beam stages, whatever it computes. So features only say
what they want to know; what is learned in the same way shares one analyzer.
"""

import abc
import dataclasses
from collections.abc import Hashable, Sequence
from typing import Any

from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")
tft = lazy_import("tensorflow_transform")


@dataclasses.dataclass(frozen=True)
class Statistic(abc.ABC):
    """One thing to learn about a value."""

    @property
    @abc.abstractmethod
    def analyzer(self) -> Hashable:
        """Statistics with equal analyzers are learned together."""

    @abc.abstractmethod
    def learn_all(self, wanted: Sequence["Wanted"]) -> Sequence[Any]:
        """Learns what several want, all of them with this analyzer.

        Returns:
            For each, the results of its features.
        """


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A statistic of several features' values.

    Attributes:
        statistic: what is wanted.
        names: of the features.
        values: of shape [batch, features], or lists of one feature, a ragged tensor.
    """

    statistic: Statistic
    names: Sequence[str]
    values: Any


class NumberStatistic(Statistic):
    """A statistic of numbers, float32; NaN is left out."""

    @property
    def analyzer(self) -> Hashable:
        """Equal statistics share an analyzer."""
        return self

    def learn_all(self, wanted: Sequence[Wanted]) -> Sequence[Any]:
        """Learns from all numbers side by side."""
        results = self.learn(tf.concat([one.values for one in wanted], axis=1))
        return tf.split(results, [len(one.names) for one in wanted])

    @abc.abstractmethod
    def learn(self, numbers: Any) -> Any:
        """Learns the statistic of several numbers.

        Args:
            numbers: of shape [batch, n].

        Returns:
            Results whose first axis has length n.
        """


class Moments(NumberStatistic):
    """Mean and variance, shape [n, 2]; 0 where there is no value.

    They are learned in float64: in float32 their fifth digit depends on how many rows a batch has.
    """

    def learn(self, numbers: Any) -> Any:
        """Learns shape [n, 2]."""
        exact = tf.cast(numbers, tf.float64)
        # On TFX 1.16 the results of a single number lose their only axis.
        mean, variance = (
            tf.reshape(analyzer(exact, reduce_instance_dims=False), [-1])
            for analyzer in (tft.mean, tft.var)
        )
        return _finite(tf.cast(tf.stack([mean, variance], axis=1), tf.float32))


class Range(NumberStatistic):
    """Smallest and largest value, shape [n, 2]; 0 where there is no value."""

    def learn(self, numbers: Any) -> Any:
        """Learns shape [n, 2]."""
        missing = tf.math.is_nan(numbers)
        low = tft.min(tf.where(missing, float("inf"), numbers), reduce_instance_dims=False)
        high = tft.max(tf.where(missing, float("-inf"), numbers), reduce_instance_dims=False)
        return _finite(tf.stack([low, high], axis=1))


@dataclasses.dataclass(frozen=True)
class Quantiles(NumberStatistic):
    """The boundaries of equally full buckets, shape [n, buckets - 1].

    Attributes:
        buckets: how many.
    """

    buckets: int = 2

    def learn(self, numbers: Any) -> Any:
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


def learn(wanted: Sequence[Wanted]) -> list[Any]:
    """Learns every statistic, one analyzer for those that can share it.

    Returns:
        For each wanted, what its statistic describes, in the same order.
    """
    shared: dict[Hashable, list[int]] = {}
    for place, one in enumerate(wanted):
        shared.setdefault(one.statistic.analyzer, []).append(place)
    learned: dict[int, Any] = {}
    for places in shared.values():
        group = [wanted[place] for place in places]
        learned.update(zip(places, group[0].statistic.learn_all(group), strict=True))
    return [learned[place] for place in range(len(wanted))]


def _finite(numbers: Any) -> Any:
    return tf.where(tf.math.is_finite(numbers), numbers, tf.zeros_like(numbers))
