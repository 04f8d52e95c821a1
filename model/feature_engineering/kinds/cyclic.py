"""A number that comes round again, such as the hour of the day."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.columns import Row, as_float, finite, is_missing
from model.feature_engineering.kinds.default import DefaultFeature
from model.feature_engineering.kinds.encoding import Encoding, Output
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cyclic(DefaultFeature):
    """A number as a point on a circle, so that 23 h lies next to 0 h.

    Usage::

        Cyclic("trip_start_hour", period=24)

    Attributes:
        period: after how much the number starts again, in the column's own unit.
    """

    KIND: ClassVar[str] = "cyclic"
    TYPES: ClassVar[tuple[str, ...]] = ("FLOAT", "INT")

    period: float = 24.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.period > 0, "period must be greater than 0", self.period)

    @property
    def outputs(self) -> Sequence[Output]:
        """Sine and cosine."""
        return (Output(f"{self.key}_sin"), Output(f"{self.key}_cos"))

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the column."""
        return as_float(row[self.column])

    def prepare(self, values: Any) -> Any:
        """Takes an infinite number as missing."""
        return super().prepare(finite(values))

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Maps the numbers to the unit circle, missing values to its centre."""
        missing = is_missing(values)
        phase = tf.math.floormod(tf.where(missing, 0.0, values), self.period) / self.period
        angle = 2.0 * math.pi * phase
        on_circle = tf.cast(tf.logical_not(missing), tf.float32)
        return [tf.sin(angle) * on_circle, tf.cos(angle) * on_circle]

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """The deep side gets the point."""
        return Encoding(deep=[tensors[output.name] for output in self.outputs])
