"""A number, put into one of n buckets that hold equally many rows."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Quantiles, Statistic
from model.feature_engineering.columns import is_missing
from model.feature_engineering.kinds.base import IdFeature
from model.feature_engineering.kinds.number import NumberFeature
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bucketized(IdFeature, NumberFeature):
    """A number as the quantile bucket it falls in; a missing value has a bucket of its own.

    Usage::

        Bucketized("pickup_latitude", buckets=10)
        Bucketized("cents", buckets=20, value=lambda row: row["fare"] % 1.0, uses=("fare",))

    Attributes:
        buckets: how many buckets the train split is cut into.
    """

    KIND: ClassVar[str] = "bucketized"
    TYPES: ClassVar[tuple[str, ...]] = NumberFeature.TYPES

    buckets: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.buckets >= 2, "buckets must be at least 2", self.buckets)

    @property
    def size(self) -> int:
        """The buckets and one id for missing values."""
        return self.buckets + 1

    @property
    def statistics(self) -> Mapping[str, Statistic]:
        """The quantiles of the present values."""
        return {"boundaries": Quantiles(self.buckets)}

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Assigns buckets."""
        missing = is_missing(values)
        present = tf.where(missing, 0.0, values)
        buckets = tf.searchsorted(
            learned["boundaries"], tf.transpose(present), side="right", out_type=tf.int64
        )
        return [tf.where(missing, tf.constant(self.buckets, tf.int64), tf.transpose(buckets))]
