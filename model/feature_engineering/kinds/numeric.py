"""A number, scaled."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Moments, Quantiles, Range, Statistic
from model.feature_engineering.columns import is_missing
from model.feature_engineering.kinds.encoding import Encoding, Output
from model.feature_engineering.kinds.number import NumberFeature
from model.feature_engineering.quantile_ranks import bin_edges, normal_scores
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

SCALINGS = ("zscore", "minmax", "log", "robust", "rank")
IMPUTATIONS = ("mean", "median")
_CLIP = 10.0
_BY_MOMENTS = ("zscore", "log")
_BUCKETS = {"robust": 4, "rank": 100}
"""How many buckets the quantiles cut that a scaling needs."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Numeric(NumberFeature):
    """A number, scaled with what the whole train split teaches.

    Usage::

        Numeric("trip_miles")                                  # z-score, mean where missing
        Numeric("fare", scaling="log")                         # z-score of log(1 + x)
        Numeric("income", scaling="robust")                    # few huge values do no harm
        Numeric("age", scaling="minmax", impute="median", missing_indicator=True)
        Numeric("fare_per_mile", value=lambda row: row["fare"] / row["trip_miles"],
                uses=("fare", "trip_miles"))

    Attributes:
        scaling: ``"zscore"`` (clipped to +-10 standard deviations), ``"minmax"`` (0 to 1) or
            ``"log"`` (z-score of log(1 + x), negative x taken as 0); or, where a few huge values
            would squeeze all others, ``"robust"`` (distance to the median in interquartile ranges,
            clipped to +-10; in the column's unit where that range is 0) or ``"rank"`` (normal
            score of the rank, +-5.2 at most, interpolated between the percentiles).
        impute: what stands for a missing value: ``"mean"``, ``"median"`` or a number. Unless given
            it is the mean, but the median for ``"robust"`` and ``"rank"``.
        missing_indicator: adds a second input that is 1 where the value is missing.
    """

    KIND: ClassVar[str] = "numeric"

    scaling: str = "zscore"
    impute: str | float = ""
    missing_indicator: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.impute == "":
            usual = "median" if self.scaling in _BUCKETS else "mean"
            object.__setattr__(self, "impute", usual)
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

    def prepare(self, values: Any) -> Any:
        """Takes the logarithm, if asked for."""
        numbers = super().prepare(values)
        return tf.math.log1p(tf.maximum(numbers, 0.0)) if self.scaling == "log" else numbers

    @property
    def statistics(self) -> Mapping[str, Statistic]:
        """What scaling and imputation need to know about the present values."""
        wanted: dict[str, Statistic] = {}
        if self.scaling in ("minmax", "rank"):
            wanted["range"] = Range()
        if self.scaling in _BY_MOMENTS or self.impute == "mean":
            wanted["moments"] = Moments()
        if self.scaling in _BUCKETS or self.impute == "median":
            wanted["quantiles"] = Quantiles(_BUCKETS.get(self.scaling, 2))
        return wanted

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Imputes, then scales."""
        missing = is_missing(values)
        scaled = self._scale(tf.where(missing, self._substitute(learned), values), learned)
        return [scaled, tf.cast(missing, tf.float32)] if self.missing_indicator else [scaled]

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """Both sides get the numbers as they are."""
        numbers = [tensors[output.name] for output in self.outputs]
        return Encoding(wide=numbers, deep=numbers)

    def _substitute(self, learned: Mapping[str, Any]) -> Any:
        if self.impute == "mean":
            return learned["moments"][:, 0]
        if self.impute == "median":
            return _median(learned["quantiles"])
        return self.prepare(tf.constant(self.impute, tf.float32))

    def _scale(self, filled: Any, learned: Mapping[str, Any]) -> Any:
        if self.scaling == "minmax":
            low, high = tf.unstack(learned["range"], axis=1)
            return tf.clip_by_value(tf.math.divide_no_nan(filled - low, high - low), 0.0, 1.0)
        if self.scaling == "rank":
            return normal_scores(filled, bin_edges(learned["range"], learned["quantiles"]))
        if self.scaling == "robust":
            return _robust(filled, learned["quantiles"])
        mean, variance = tf.unstack(learned["moments"], axis=1)
        scores = tf.math.divide_no_nan(filled - mean, tf.sqrt(variance))
        return tf.clip_by_value(scores, -_CLIP, _CLIP)


def _median(quantiles: Any) -> Any:
    return quantiles[:, quantiles.shape[1] // 2]


def _robust(filled: Any, quartiles: Any) -> Any:
    # In float32 the distance between two values can be infinite.
    numbers, learned = tf.cast(filled, tf.float64), tf.cast(quartiles, tf.float64)
    low, median, high = tf.unstack(learned, num=3, axis=1)
    unit = tf.where(high > low, high - low, tf.ones_like(low))
    scores = tf.clip_by_value((numbers - median) / unit, -_CLIP, _CLIP)
    return tf.cast(scores, tf.float32)
