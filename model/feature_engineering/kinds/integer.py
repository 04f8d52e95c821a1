"""A small integer whose values are known beforehand, such as a month."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.columns import Row, is_missing
from model.feature_engineering.kinds.base import IdFeature
from model.feature_engineering.kinds.default import DefaultFeature
from model.feature_engineering.kinds.known import Known
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Integer(DefaultFeature, IdFeature):
    """An integer between two bounds, each value its own id.

    Usage::

        Integer("trip_start_month", low=1, high=12)

    Attributes:
        low: the smallest value.
        high: the largest value; values outside the bounds share one id.
    """

    KIND: ClassVar[str] = "integer"
    TYPES: ClassVar[tuple[str, ...]] = ("INT",)

    low: int = 0
    high: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.low < self.high, "low must be smaller than high", (self.low, self.high))

    @property
    def size(self) -> int:
        """The values, one id for those out of bounds and one for missing values."""
        return self.high - self.low + 3

    @property
    def known(self) -> Mapping[str, Known]:
        """The values between the bounds."""
        return {self.column: Known([*map(str, range(self.low, self.high + 1))])}

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the column."""
        return row[self.column]

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Shifts the values to start at 0; nothing is learned."""
        missing = is_missing(values)
        shifted = tf.cast(tf.where(missing, tf.zeros_like(values), values), tf.int64) - self.low
        count = self.high - self.low + 1
        inside = tf.logical_and(shifted >= 0, shifted < count)
        ids = tf.where(inside, shifted, tf.constant(count, tf.int64))
        return [tf.where(missing, tf.constant(count + 1, tf.int64), ids)]
