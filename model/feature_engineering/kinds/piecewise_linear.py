"""A number as how far it fills each of n bins."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Quantiles, Range, Statistic
from model.feature_engineering.columns import is_missing
from model.feature_engineering.kinds.encoding import Encoding, Output
from model.feature_engineering.kinds.number import NumberFeature
from model.feature_engineering.quantile_ranks import bin_edges
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PiecewiseLinear(NumberFeature):
    """A number as a vector: 1 for each bin below it, 0 for each above, its share of its own.

    A linear layer over it is a function of the number that is linear in each bin. The bins hold
    equally many rows of the train split. Source: Gorishniy et al., "On Embeddings for Numerical
    Features in Tabular Deep Learning" (2022); here the outer bins are bounded too, so that a value
    far out does no harm. A missing value is all zeros, and a second input says so.

    Usage::

        PiecewiseLinear("fare", bins=16)

    Attributes:
        bins: how many.
    """

    KIND: ClassVar[str] = "piecewise_linear"

    bins: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.bins >= 2, "bins must be at least 2", self.bins)

    @property
    def outputs(self) -> Sequence[Output]:
        """The vector, and whether the number is missing."""
        return (Output(self.key, length=self.bins), Output(f"{self.key}_missing"))

    @property
    def statistics(self) -> Mapping[str, Statistic]:
        """The edges of the bins."""
        return {"range": Range(), "quantiles": Quantiles(self.bins)}

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Fills the bins, of shape [batch, n, bins]."""
        missing = is_missing(values)
        # In float32 the distance between two edges can be infinite.
        edges = tf.cast(bin_edges(learned["range"], learned["quantiles"]), tf.float64)
        low, high = edges[:, :-1], edges[:, 1:]
        numbers = tf.cast(tf.where(missing, 0.0, values), tf.float64)[:, :, tf.newaxis]
        inside = tf.clip_by_value(tf.math.divide_no_nan(numbers - low, high - low), 0.0, 1.0)
        # A bin between equal edges is full as soon as the number reaches them.
        shares = tf.where(high > low, inside, tf.cast(numbers >= high, tf.float64))
        present = tf.cast(~missing, tf.float32)
        vectors = tf.cast(shares, tf.float32) * present[:, :, tf.newaxis]
        return [vectors, 1.0 - present]

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """Both sides get the numbers as they are."""
        numbers = [tensors[output.name] for output in self.outputs]
        return Encoding(wide=numbers, deep=numbers)
