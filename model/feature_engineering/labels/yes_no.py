"""A question that is answered by yes or no."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.columns import Column
from model.feature_engineering.labels.base import (
    LEAST_PROBABILITY,
    Head,
    Label,
    Metric,
    Tally,
)
from model.feature_engineering.labels.influence import (
    Answers,
    Array,
    Influence,
    area_under_roc,
    calibration_error,
    mean,
)
from model.feature_engineering.labels.pictures import (
    Picture,
    Series,
    calibration,
    precision_recall_curve,
    roc_curve,
)
from model.feature_engineering.values import Value
from zeroskew.lazy import lazy_import

keras = lazy_import("keras")
np = lazy_import("numpy")
tf = lazy_import("tensorflow")

CALIBRATION_BUCKETS = 15


@dataclasses.dataclass(frozen=True)
class YesNo(Label):
    """A yes-or-no question; the model answers with the probability of a yes.

    Usage::

        YesNo("big_tip", lambda row: row["tips"] > 0.2 * row["fare"],
              uses=("tips", "fare"), known_before=("fare",))
        YesNo("churn", positive="Yes")                 # every other word is a no
        YesNo("churn", positive="Yes", negative="No")  # every other word is not known
        YesNo("clicked")                               # a column of 0 and 1

    Attributes:
        positive: the column's value that means yes.
        negative: the value that means no; every other one unless given.
    """

    KIND: ClassVar[str] = "yes or no"
    METRICS: ClassVar[Sequence[Metric]] = (
        Metric("auc", "AUC", margin=0.0, tolerance=0.005, most=1.0),
        Metric("accuracy", "accuracy", margin=0.0, tolerance=0.005, most=1.0),
        Metric("log_loss", "log loss", lower_is_better=True),
        Metric("ece", "ECE", lower_is_better=True, tolerance=0.01, most=1.0),
    )
    SCORE: ClassVar[str] = "probability"
    MEASURES: ClassVar[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
        "auc": ("AUC", {}),
        "auc_precision_recall": ("AUCPrecisionRecall", {}),
        "accuracy": ("BinaryAccuracy", {}),
        "log_loss": ("BinaryCrossEntropy", {}),
        "calibration": ("CalibrationPlot", {"num_buckets": CALIBRATION_BUCKETS}),
    }
    TRIVIAL: ClassVar[str] = "majority class"
    COMPUTES: ClassVar[Sequence[str]] = ("a yes or a no",)

    positive: str | int = dataclasses.field(default=1, kw_only=True)
    negative: str | int | None = dataclasses.field(default=None, kw_only=True)

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks that the values can stand in the column."""
        super().check(columns)
        if self.compute is None:
            is_text = columns[self.column].type == "BYTES"
            for value in (self.positive, self.negative):
                self.require(
                    value is None or isinstance(value, str) == is_text,
                    f"positive and negative are values of {self.column!r}, which holds "
                    f"{'text' if is_text else 'numbers'}",
                    value,
                )

    def encode(self, value: Value, learned: Sequence[Any]) -> tuple[Any, Any]:
        """Returns 1 for a yes and 0 for a no."""
        del learned
        return self.plain(value)

    def plain(self, value: Value) -> tuple[Any, Any]:
        """Returns 1 for a yes and 0 for a no."""
        known = ~value.missing
        if self.compute is not None:
            return known, value.ops.cast(value.as_bool(), "int64")
        if self.negative is not None:
            known &= value.is_in([self.positive, self.negative]).as_bool()
        return known, value.ops.cast((value == self.positive).as_bool(), "int64")

    def head(
        self,
        labels: Iterable[Array],
        vocabulary: Sequence[str],
        columns: Mapping[str, Column],
    ) -> Head:
        """Returns one logit."""
        del labels, vocabulary, columns
        return YesNoHead()

    def tally(self, buckets: Array, count: int, labels: Array, weights: Array) -> "RateTally":
        """Predicts the rate of yes in the bucket."""
        return RateTally(buckets, count, labels, weights)

    def influences(self, answers: Answers) -> dict[str, Influence]:
        """Returns DeLong's of the area under the ROC curve, and those of the means."""
        labels, weights = answers.labels, answers.weights
        scores = answers.scores.astype(np.float64)
        area = area_under_roc(scores, labels, weights)
        return {
            **({} if area is None else {"auc": area}),
            "accuracy": mean((scores > 0.5) == (labels == 1), weights),
            "log_loss": mean(self.losses(answers), weights),
            "ece": calibration_error(scores, labels, weights, CALIBRATION_BUCKETS),
        }

    def losses(self, answers: Answers) -> Array:
        """Returns the cross entropy, in nats."""
        scores = answers.scores.astype(np.float64)
        chances = np.where(answers.labels == 1, scores, 1 - scores)
        return -np.log(np.clip(chances, LEAST_PROBABILITY, 1))

    def pictures(self, by_model: Mapping[str, Answers]) -> Sequence[Picture]:
        """Returns the curves of all thresholds, and how far probabilities can be taken as such."""
        first = next(iter(by_model.values()))
        base_rate = float((first.labels * first.weights).sum() / first.weights.sum())
        series = [
            [Series(name, *points(answers)) for name, answers in by_model.items()]
            for points in (
                roc_curve,
                precision_recall_curve,
                lambda one: calibration(one, CALIBRATION_BUCKETS),
            )
        ]
        return (
            Picture(
                "ROC curve",
                "The further above the dotted line, the better yes and no are told apart.",
                *("share of noes above the threshold", "share of yeses above it"),
                series[0],
                guide=((0, 0), (1, 1)),
                guide_name="no better than chance",
                square=True,
            ),
            Picture(
                "Precision and recall",
                "How many of those taken for a yes are one, by how many yeses are found.",
                *("recall", "precision"),
                series[1],
                guide=((0, base_rate), (1, base_rate)),
                guide_name=f"share of yeses, {base_rate:.4f}",
                square=True,
            ),
            Picture(
                "Calibration",
                "On the dotted line, a probability is the share of yeses among such rows.",
                *("mean probability of a bin", "share of yeses in it"),
                series[2],
                guide=((0, 0), (1, 1)),
                guide_name="as probable as it says",
                square=True,
            ),
        )

    def told_by(self, numbers: Array, labels: Array) -> tuple[str, float] | None:
        """Returns the AUC of the number as a score, or of its negative, which is greater."""
        area = area_under_roc(numbers, labels, np.ones(len(labels)))
        return None if area is None else ("AUC", max(area.value, 1 - area.value))


class YesNoHead(Head):
    """One logit: the probability of a yes."""

    @property
    def loss(self) -> Any:
        """Cross entropy."""
        return keras.losses.BinaryCrossentropy(from_logits=True)

    def answer(self, numbers: Any) -> dict[str, Any]:
        """Returns probability, the likelier answer as `label`, and logit, each of shape [batch]."""
        logit = numbers[:, 0]
        probability = tf.clip_by_value(tf.sigmoid(logit), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        label = tf.cast(probability >= 0.5, tf.int64)
        return {"probability": probability, "label": label, "logit": logit}


class RateTally(Tally):
    """Predicts the rate of yes among the train rows of the bucket."""

    def __init__(self, buckets: Array, count: int, labels: Array, weights: Array) -> None:
        rows = np.bincount(buckets, weights, count)
        yes = np.bincount(buckets, weights * labels, count)
        base_rate = yes.sum() / rows.sum()
        self._rates = np.where(rows > 0, yes / np.where(rows > 0, rows, 1.0), base_rate)
        self._rows, self._yes = np.zeros(count), np.zeros(count)

    def evaluate(self, buckets: Array, labels: Array, weights: Array) -> None:
        """Takes in a batch of eval rows."""
        self._rows += np.bincount(buckets, weights, len(self._rows))
        self._yes += np.bincount(buckets, weights * labels, len(self._rows))

    def scores(self) -> dict[str, float]:
        """Returns accuracy at the threshold 0.5, and the area under the ROC curve."""
        right = np.where(self._rates > 0.5, self._yes, self._rows - self._yes)
        return {"accuracy": float(right.sum() / self._rows.sum()), "auc": self._auc()}

    def answers(self, metric: str, buckets: Array, labels: Array, weights: Array) -> Answers:
        """Returns the rates."""
        del metric
        return Answers(labels, weights, self._rates[buckets])

    def _auc(self) -> float:
        """Returns the share of pairs of a yes and a no in which the yes has the higher rate.

        Half of those with equal rates count.
        """
        rates, groups = np.unique(self._rates, return_inverse=True)
        yes = np.bincount(groups, self._yes, len(rates))
        no = np.bincount(groups, self._rows, len(rates)) - yes
        below = np.cumsum(no) - no
        return float(yes @ (below + no / 2) / (yes.sum() * no.sum()))
