"""A number."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.columns import Column
from model.feature_engineering.labels.base import Head, Label, Metric, Tally
from model.feature_engineering.labels.influence import Answers, Array, Influence, mean, root
from model.feature_engineering.labels.pictures import Picture, Series, evenly, histogram
from model.feature_engineering.values import Value
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import

keras = lazy_import("keras")
np = lazy_import("numpy")
tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True)
class Amount(Label):
    """A number; the model answers with the number itself, in the units of the data.

    Usage::

        Amount("price")
        Amount("price", scaling="log")                  # for amounts of many sizes, 0 or more
        Amount("price", interval=0.9)                   # with bounds that hold nine tenths
        Amount("minutes", lambda row: (row["end"] - row["start"]) / 60, uses=("start", "end"))

    Attributes:
        scaling: what the network learns: ``"zscore"``, the number in standard deviations from the
            mean, which makes the answer the expected number; or ``"log"``, that of log(1 + x),
            which weighs errors by their share of the number and makes the answer a middle one.
        interval: the share of rows whose number lies between `low` and `high`, which a client gets
            beside the answer; None for neither.
    """

    KIND: ClassVar[str] = "a number"
    DTYPE: ClassVar[str] = "float32"
    METRICS: ClassVar[Sequence[Metric]] = (
        Metric("rmse", "RMSE", True, margin=0.0, tolerance=0.02, relative=True),
        Metric("mae", "MAE", True, margin=0.0, tolerance=0.02, relative=True),
    )
    SCORE: ClassVar[str] = "value"
    MEASURES: ClassVar[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
        "mae": ("MeanAbsoluteError", {}),
        "mse": ("MeanSquaredError", {}),
        "rows": ("ExampleCount", {}),
    }
    TRIVIAL: ClassVar[str] = "mean, or median"
    COMPUTES: ClassVar[Sequence[str]] = ("a number",)

    scaling: str = dataclasses.field(default="zscore", kw_only=True)
    interval: float | None = dataclasses.field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.scaling in _SCALINGS, f"scaling is one of {[*_SCALINGS]}", self.scaling)
        self.require(
            self.interval is None or 0 < self.interval < 1,
            "interval lies between 0 and 1",
            self.interval,
        )

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks that the column holds numbers."""
        super().check(columns)
        if self.compute is None:
            kind = columns[self.column].type
            self.require(kind != "BYTES", "it is a number column", kind)

    def encode(self, value: Value, learned: Sequence[Any]) -> tuple[Any, Any]:
        """Returns the number."""
        del learned
        return self.plain(value)

    def plain(self, value: Value) -> tuple[Any, Any]:
        """Returns the number."""
        number = value.as_float32()
        known = value.ops.math.is_finite(number)
        return known, value.ops.where(known, number, value.ops.zeros_like(number))

    def head(
        self,
        labels: Iterable[Array],
        vocabulary: Sequence[str],
        columns: Mapping[str, Column],
    ) -> Head:
        """Returns the number, and its bounds if asked for, in standard deviations.

        Raises:
            DataError: all labels are equal, or one is negative and the scaling is logarithmic.
        """
        del vocabulary, columns
        scaling = _SCALINGS[self.scaling]
        count, total, squares, least = 0, 0.0, 0.0, np.inf
        for batch in labels:
            least = min(least, batch.min(initial=np.inf))
            if self.scaling == "log" and least < 0:
                raise DataError(
                    f"the {self.owner} is 0 or more, for its scaling is logarithmic",
                    received=f"{least:g}",
                    action='leave out scaling="log", or mend the data',
                )
            scaled = scaling.do(batch.astype(np.float64))
            count += len(scaled)
            total += float(scaled.sum())
            squares += float(scaled @ scaled)
        mean = total / count
        deviation = float(np.sqrt(max(squares / count - mean**2, 0.0)))
        if not deviation:
            raise DataError(
                f"the {self.owner} differs between rows of the train split",
                received=f"{least:g} in all {count:,} rows",
                action="check the label's definition in the features file, or bring more data",
            )
        return AmountHead(scaling, mean, deviation, self.interval)

    def tally(self, buckets: Array, count: int, labels: Array, weights: Array) -> "AmountTally":
        """Predicts the bucket's mean, and its median."""
        return AmountTally(buckets, count, labels, weights)

    def influences(self, answers: Answers) -> dict[str, Influence]:
        """Returns those of the mean errors; the root's by the delta method."""
        errors = answers.labels.astype(np.float64) - answers.scores
        return {
            "rmse": root(mean(errors**2, answers.weights)),
            "mae": mean(np.abs(errors), answers.weights),
        }

    def losses(self, answers: Answers) -> Array:
        """Returns how far each answer is off, in the label's units."""
        return np.abs(answers.labels.astype(np.float64) - answers.scores)

    def pictures(self, by_model: Mapping[str, Answers]) -> Sequence[Picture]:
        """Returns numbers against what was said of them, and how far the latter is off."""
        first = next(iter(by_model.values()))
        errors = {name: one.scores - one.labels for name, one in by_model.items()}
        middle = np.concatenate(list(errors.values()))
        low, high = np.quantile(middle, [0.01, 0.99]).tolist()
        ends = np.quantile(first.labels, [0.0, 1.0]).tolist()
        return (
            Picture(
                f"{self.name}: said against true",
                "On the dotted line, the answer is right; some rows, evenly chosen.",
                *("true", "said"),
                [
                    Series(name, evenly(one.labels).tolist(), evenly(one.scores).tolist())
                    for name, one in by_model.items()
                ],
                form="points",
                guide=((ends[0], ends[0]), (ends[1], ends[1])),
                guide_name="right",
            ),
            Picture(
                "Errors",
                "The narrower around 0, the better; what is further out is in the last bars.",
                *("said minus true", "share of rows"),
                [
                    Series(name, *histogram(one, low, high if high > low else low + 1.0))
                    for name, one in errors.items()
                ],
                form="bars",
            ),
        )

    def told_by(self, numbers: Array, labels: Array) -> tuple[str, float] | None:
        """Returns the share of the label's variance that a line through the number explains."""
        labels = labels.astype(np.float64)
        if not numbers.std() or not labels.std():
            return None
        return "R²", float(np.corrcoef(numbers, labels)[0, 1]) ** 2


@dataclasses.dataclass(frozen=True)
class _Scaling:
    """What is learned instead of the number.

    Attributes:
        do: on arrays.
        do_tensor: the same on tensors.
        undo: back, on tensors.
    """

    do: Callable[[Any], Any]
    do_tensor: Callable[[Any], Any]
    undo: Callable[[Any], Any]


_SCALINGS = {
    "zscore": _Scaling(lambda x: x, lambda x: x, lambda x: x),
    "log": _Scaling(lambda x: np.log1p(x), lambda x: tf.math.log1p(x), lambda x: tf.math.expm1(x)),
}


class AmountHead(Head):
    """The number in standard deviations from the mean; then its bounds, if asked for.

    Args:
        scaling: of the number.
        mean: of the scaled train labels.
        deviation: their standard deviation.
        interval: share of rows between the bounds.
    """

    # Units that come and go change how large an amount is, not only how sure an answer.
    dropout = 0.0

    def __init__(
        self, scaling: _Scaling, mean: float, deviation: float, interval: float | None
    ) -> None:
        self._scaling, self._mean, self._deviation = scaling, mean, deviation
        tail = (1 - interval) / 2 if interval else 0.0
        self._quantiles = (tail, 1 - tail) if interval else ()
        self.units = 1 + len(self._quantiles)

    @property
    def loss(self) -> Any:
        """Squared error, and the pinball loss of each bound.

        Source of the latter: Koenker and Bassett, "Regression Quantiles" (1978).
        """

        def loss(labels: Any, numbers: Any) -> Any:
            scaled = self._scaling.do_tensor(tf.cast(labels, tf.float32))
            target = (scaled - self._mean) / self._deviation
            total = tf.square(target - numbers[:, :1])
            for place, quantile in enumerate(self._quantiles, start=1):
                over = target - numbers[:, place : place + 1]
                total += tf.maximum(quantile * over, (quantile - 1) * over)
            return total[:, 0]

        return loss

    def answer(self, numbers: Any) -> dict[str, Any]:
        """Returns `value` and, if asked for, `low` and `high`, each of shape [batch]."""
        amounts = self._scaling.undo(numbers * self._deviation + self._mean)
        if not self._quantiles:
            return {"value": amounts[:, 0]}
        # Two bounds that are learned apart may cross.
        low, high = (tf.reduce_min(amounts[:, 1:], 1), tf.reduce_max(amounts[:, 1:], 1))
        return {"value": amounts[:, 0], "low": low, "high": high}


class AmountTally(Tally):
    """Predicts the mean, or the median, of the train rows of the bucket."""

    def __init__(self, buckets: Array, count: int, labels: Array, weights: Array) -> None:
        labels = labels.astype(np.float64)
        rows = np.bincount(buckets, weights, count)
        sums = np.bincount(buckets, weights * labels, count)
        self._means = np.where(
            rows > 0, sums / np.where(rows > 0, rows, 1.0), sums.sum() / rows.sum()
        )
        order = np.lexsort((labels, buckets))
        parts = np.split(labels[order], np.searchsorted(buckets[order], np.arange(1, count)))
        overall = float(np.median(labels))
        self._medians = np.array([np.median(part) if len(part) else overall for part in parts])
        self._squares = self._absolute = self._rows = 0.0

    def evaluate(self, buckets: Array, labels: Array, weights: Array) -> None:
        """Takes in a batch of eval rows."""
        self._squares += float(weights @ (labels - self._means[buckets]) ** 2)
        self._absolute += float(weights @ np.abs(labels - self._medians[buckets]))
        self._rows += float(weights.sum())

    def scores(self) -> dict[str, float]:
        """Returns the root of the mean squared error of means, the absolute one of medians."""
        rmse = (self._squares / self._rows) ** 0.5
        return {"rmse": rmse, "mae": self._absolute / self._rows}

    def answers(self, metric: str, buckets: Array, labels: Array, weights: Array) -> Answers:
        """Returns the means where squares are measured, the medians elsewhere."""
        guesses = self._means if metric == "rmse" else self._medians
        return Answers(labels, weights, guesses[buckets])
