"""A number, scaled."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Moments, Quantiles, Range, Statistic
from model.feature_engineering.columns import Row, is_missing
from model.feature_engineering.kinds.base import Encoding, Output
from model.feature_engineering.kinds.number import NumberFeature
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

SCALINGS = ("zscore", "minmax", "log")
IMPUTATIONS = ("mean", "median")
_CLIP = 10.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Numeric(NumberFeature):
    """A number, scaled with what the whole train split teaches.

    Usage::

        Numeric("trip_miles")                                  # z-score, mean where missing
        Numeric("fare", scaling="log")                         # z-score of log(1 + x)
        Numeric("age", scaling="minmax", impute="median", missing_indicator=True)
        Numeric("fare_per_mile", value=lambda row: row["fare"] / row["trip_miles"],
                uses=("fare", "trip_miles"))

    Attributes:
        scaling: ``"zscore"`` (clipped to +-10 standard deviations), ``"minmax"`` (0 to 1) or
            ``"log"`` (z-score of log(1 + x), negative x taken as 0).
        impute: what stands for a missing value: ``"mean"``, ``"median"`` or a number.
        missing_indicator: adds a second input that is 1 where the value is missing.
    """

    KIND: ClassVar[str] = "numeric"

    scaling: str = "zscore"
    impute: str | float = "mean"
    missing_indicator: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.scaling in SCALINGS, f"scaling must be one of {SCALINGS}", self.scaling)
        self.require(
            self.impute in IMPUTATIONS
            or (isinstance(self.impute, int | float) and math.isfinite(self.impute)),
            f"impute must be one of {IMPUTATIONS} or a number",
            self.impute,
        )

    @property
    def outputs(self) -> Sequence[Output]:
        """The scaled number and, if asked for, the missing indicator."""
        indicator = (Output(f"{self.key}_missing"),) if self.missing_indicator else ()
        return (Output(self.key), *indicator)

    def statistics(self, row: Row) -> Sequence[Statistic]:
        """What scaling and imputation need to know about the present values."""
        number = self._number(row)
        scale = Range if self.scaling == "minmax" else Moments
        wanted: list[Statistic] = [scale(f"{self.key}/scale", number)]
        if self.impute == "mean":
            wanted.append(Moments(f"{self.key}/mean", number))
        if self.impute == "median":
            wanted.append(Quantiles(f"{self.key}/median", number, 2))
        return wanted

    def transform(self, row: Row, known: Mapping[str, Any]) -> dict[str, Any]:
        """Imputes, then scales."""
        number = self._number(row)
        missing = is_missing(number)
        filled = tf.where(missing, self._substitute(known), number)
        outputs = {self.key: self._scale(filled, known[f"{self.key}/scale"])}
        if self.missing_indicator:
            outputs[f"{self.key}_missing"] = tf.cast(missing, tf.float32)
        return outputs

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """Both sides get the numbers as they are."""
        numbers = [tensors[output.name] for output in self.outputs]
        return Encoding(wide=numbers, deep=numbers)

    def _number(self, row: Row) -> Any:
        number = self.number(row)
        return tf.math.log1p(tf.maximum(number, 0.0)) if self.scaling == "log" else number

    def _substitute(self, known: Mapping[str, Any]) -> Any:
        if isinstance(self.impute, str):
            return known[f"{self.key}/{self.impute}"][0]
        constant = tf.constant(self.impute, tf.float32)
        return tf.math.log1p(tf.maximum(constant, 0.0)) if self.scaling == "log" else constant

    def _scale(self, filled: Any, scale: Any) -> Any:
        if self.scaling == "minmax":
            low, high = scale[0], scale[1]
            return tf.clip_by_value(tf.math.divide_no_nan(filled - low, high - low), 0.0, 1.0)
        mean, variance = scale[0], scale[1]
        scores = tf.math.divide_no_nan(filled - mean, tf.sqrt(variance))
        return tf.clip_by_value(scores, -_CLIP, _CLIP)
