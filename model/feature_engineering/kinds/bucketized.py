"""A number, put into one of n buckets: learned ones of equally many rows, or given ones."""

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Quantiles, Statistic
from model.feature_engineering.columns import Column, is_missing
from model.feature_engineering.kinds.base import IdFeature
from model.feature_engineering.kinds.default import DefaultFeature
from model.feature_engineering.kinds.number import NumberFeature
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bucketized(DefaultFeature, IdFeature, NumberFeature):
    """A number as the bucket it falls in; a missing value has a bucket of its own.

    Usage::

        Bucketized("pickup_latitude", buckets=10)
        Bucketized("age", edges=(18, 30, 65))
        Bucketized("cents", buckets=20, value=lambda row: row["fare"] % 1.0, uses=("fare",))

    Attributes:
        buckets: how many equally full buckets the train split is cut into; 10 unless given.
        edges: where one bucket ends and the next one begins, instead of learning it; a number that
            is an edge lies above it, as for Keras' `Discretization`.
    """

    KIND: ClassVar[str] = "bucketized"
    TYPES: ClassVar[tuple[str, ...]] = NumberFeature.TYPES

    buckets: int = 0
    edges: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        usual = 10
        if self.edges is not None:
            object.__setattr__(self, "edges", tuple(self.edges))
            usual = len(self.edges) + 1
            self.require(
                usual > 1
                and all(map(math.isfinite, self.edges))
                and all(low < high for low, high in itertools.pairwise(self.edges)),
                "edges must be numbers, each greater than the one before",
                self.edges,
            )
        if self.buckets == 0:
            object.__setattr__(self, "buckets", usual)
        self.require(self.buckets >= 2, "buckets must be at least 2", self.buckets)
        self.require(
            self.edges is None or self.buckets == usual,
            f"edges make {usual} buckets",
            self.buckets,
        )

    @property
    def size(self) -> int:
        """The buckets and one id for missing values."""
        return self.buckets + 1

    @property
    def statistics(self) -> Mapping[str, Statistic]:
        """The quantiles of the present values, unless edges are given."""
        if self.edges is not None:
            return {}
        return {"boundaries": Quantiles(self.buckets)}

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Assigns buckets."""
        missing = is_missing(values)
        present = tf.where(missing, 0.0, values)
        numbers = tf.transpose(present)
        if self.edges is None:
            boundaries = learned["boundaries"]
        else:
            boundaries = tf.tile(tf.constant([self.edges], tf.float32), [tf.shape(numbers)[0], 1])
        buckets = tf.searchsorted(boundaries, numbers, side="right", out_type=tf.int64)
        return [tf.where(missing, tf.constant(self.buckets, tf.int64), tf.transpose(buckets))]

    def default_type(self, columns: Mapping[str, Column]) -> str:
        """An expression gives any number."""
        return "FLOAT" if self.value is not None else super().default_type(columns)
