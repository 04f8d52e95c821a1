"""One of several classes."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Wanted
from model.feature_engineering.columns import Column, Row
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
    mean,
    mean_of_classes,
)
from model.feature_engineering.labels.pictures import Picture, Series, histogram
from model.feature_engineering.values import Value
from model.feature_engineering.vocabularies import Vocabulary
from zeroskew.errors import DataError
from zeroskew.lazy import lazy_import

keras = lazy_import("keras")
np = lazy_import("numpy")
tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True)
class OneOf(Label):
    """One of several classes; the model answers with the class's own value.

    Usage::

        OneOf("species")                                # words or whole numbers, learned
        OneOf("grade", classes=("A", "B", "C"))         # given, in this order
        OneOf("size", lambda row: row["length"] // 10, uses=("length",), top_k=3)

    Attributes:
        classes: all classes; a row with another one has no label. Learned from the train split
            unless given, the most frequent first.
        max_classes: how many are learned at most; a row of a rarer one has no label.
        top_k: how many of the likeliest classes a client gets beside the first; 0 for none.
    """

    KIND: ClassVar[str] = "one of several"
    METRICS: ClassVar[Sequence[Metric]] = (
        Metric("accuracy", "accuracy", margin=0.0, tolerance=0.005, most=1.0),
        Metric("log_loss", "log loss", lower_is_better=True, margin=0.0, tolerance=0.01),
        Metric("balanced_accuracy", "balanced", most=1.0),
    )
    SCORE: ClassVar[str] = "probabilities"
    MEASURES: ClassVar[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
        "log_loss": ("CategoricalCrossEntropy", {}),
        "confusion": ("MultiClassConfusionMatrixAtThresholds", {"thresholds": [0.0]}),
        "rows": ("ExampleCount", {}),
    }
    TRIVIAL: ClassVar[str] = "majority class"
    COMPUTES: ClassVar[Sequence[str]] = ("text", "a number")

    classes: tuple[str | int, ...] = dataclasses.field(default=(), kw_only=True)
    max_classes: int = dataclasses.field(default=1000, kw_only=True)
    top_k: int = dataclasses.field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "classes", tuple(self.classes))
        types = {type(one) for one in self.classes}
        self.require(len(types) <= 1, "all classes are words, or all whole numbers", self.classes)
        self.require(
            len(set(self.classes)) == len(self.classes) != 1, "classes differ", self.classes
        )
        self.require(self.max_classes >= 2, "max_classes is at least 2", self.max_classes)
        self.require(self.top_k >= 0, "top_k is at least 0", self.top_k)

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks that the column holds classes."""
        super().check(columns)
        if self.compute is None:
            kind = columns[self.column].type
            self.require(kind != "FLOAT", "classes are words or whole numbers", kind)

    def wanted(self, row: Row) -> Sequence[Wanted]:
        """Returns the classes, unless they are given."""
        if self.classes:
            return ()
        texts = _as_text(self.value(row))
        return (Wanted(Vocabulary(self.max_classes), [self.name], texts[:, tf.newaxis]),)

    def encode(self, value: Value, learned: Sequence[Any]) -> tuple[Any, Any]:
        """Returns the number of the class."""
        texts = _as_text(value)
        if learned:
            place = learned[0].of(texts[:, tf.newaxis])[:, 0]
            return place >= 0, place
        same = tf.equal(texts[:, tf.newaxis], [str(one) for one in self.classes])
        return tf.reduce_any(same, axis=1), tf.argmax(same, axis=1, output_type=tf.int64)

    def plain(self, value: Value) -> tuple[Any, Any]:
        """Returns the class as text."""
        texts = _as_text(value)
        known = value.ops.not_equal(texts, value.ops.constant("", "string"))
        if self.classes:
            known &= Value(texts, value.missing).is_in([str(one) for one in self.classes]).as_bool()
        return known, texts

    def head(
        self,
        labels: Iterable[Array],
        vocabulary: Sequence[str],
        columns: Mapping[str, Column],
    ) -> Head:
        """Returns a logit for each class.

        Raises:
            DataError: there are fewer than two classes.
        """
        del labels
        values, order = self._in_order(vocabulary, columns)
        if len(values) < 2:
            raise DataError(
                f"the {self.owner} has at least two classes in the train split",
                received=", ".join(map(str, values)) or "none",
                action="check the label's definition in the features file, or bring more data",
            )
        return OneOfHead(values, order, self.top_k)

    def class_names(
        self, vocabulary: Sequence[str], columns: Mapping[str, Column]
    ) -> Sequence[str]:
        """Returns the classes as a client gets them."""
        values, order = self._in_order(vocabulary, columns)
        return [str(values[place]) for place in order]

    def _in_order(
        self, vocabulary: Sequence[str], columns: Mapping[str, Column]
    ) -> tuple[Sequence[str] | Sequence[int], Sequence[int]]:
        """Returns the classes by the number that Transform gives them, and their order."""
        classes = [str(one) for one in self.classes] or list(vocabulary)
        is_text = self.kind_of_value(columns) == "text"
        values = classes if is_text else [int(one) for one in classes]
        # How frequent they are changes from run to run; their order for clients should not.
        order = range(len(values)) if self.classes else np.argsort(values, kind="stable").tolist()
        return values, order

    def tally(self, buckets: Array, count: int, labels: Array, weights: Array) -> "ClassTally":
        """Predicts the shares of the classes in the bucket."""
        return ClassTally(buckets, count, labels, weights)

    def influences(self, answers: Answers) -> dict[str, Influence]:
        """Returns those of the means, of all rows and of the classes' own."""
        weights, right = answers.weights, answers.right
        return {
            "accuracy": mean(right, weights),
            "log_loss": mean(self.losses(answers), weights),
            "balanced_accuracy": mean_of_classes(right, answers.labels, weights),
        }

    def losses(self, answers: Answers) -> Array:
        """Returns the cross entropy, in nats."""
        return -np.log(np.maximum(answers.scores.astype(np.float64), LEAST_PROBABILITY))

    def pictures(self, by_model: Mapping[str, Answers]) -> Sequence[Picture]:
        """Returns how probable the rows' own classes were; confusion needs more than that."""
        return (
            Picture(
                "How sure of the right class",
                "The further to the right, the surer; rows on the left were taken for others.",
                *("probability of the row's own class", "share of rows"),
                [
                    Series(name, *histogram(answers.scores, 0.0, 1.0))
                    for name, answers in by_model.items()
                ],
                form="bars",
            ),
        )


class OneOfHead(Head):
    """A logit for each class.

    Args:
        classes: words, or whole numbers, by the number that Transform gives them.
        order: in which a client gets them, as such numbers.
        top_k: likeliest classes that a client gets.
    """

    def __init__(
        self, classes: Sequence[str] | Sequence[int], order: Sequence[int], top_k: int
    ) -> None:
        self._order = list(order)
        self._classes = [classes[place] for place in self._order]
        self._top_k = min(top_k, len(classes))
        self.units = len(classes)

    @property
    def loss(self) -> Any:
        """Cross entropy."""
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def answer(self, numbers: Any) -> dict[str, Any]:
        """Returns the likeliest class as `label`, its `probability`, and those of all classes.

        `probabilities` and `classes` have shape [batch, classes]; with `top_k`, `top_labels` and
        `top_probabilities` are the likeliest ones, of shape [batch, top_k].
        """
        shares = tf.maximum(tf.nn.softmax(numbers), LEAST_PROBABILITY)
        probabilities = tf.gather(shares, self._order, axis=1)
        classes = tf.constant(self._classes, tf.string if self._is_text else tf.int64)
        everyone = tf.tile(classes[tf.newaxis], [tf.shape(numbers)[0], 1])
        answer = {
            "label": tf.gather(classes, tf.argmax(probabilities, axis=1)),
            "probability": tf.reduce_max(probabilities, axis=1),
            "probabilities": probabilities,
            "classes": everyone,
        }
        if self._top_k:
            likeliest, places = tf.math.top_k(probabilities, self._top_k)
            answer |= {"top_labels": tf.gather(classes, places), "top_probabilities": likeliest}
        return answer

    def measured(self, label: Any) -> Any:
        """Returns a 1 for the class and 0 for all others, as TFMA's cross entropy takes it."""
        return tf.gather(tf.one_hot(label, self.units), self._order, axis=1)

    @property
    def _is_text(self) -> bool:
        return isinstance(self._classes[0], str)


class ClassTally(Tally):
    """Predicts the shares of the classes among the train rows of the bucket."""

    def __init__(self, buckets: Array, count: int, labels: Array, weights: Array) -> None:
        self._classes, numbers = np.unique(labels, return_inverse=True)
        size = len(self._classes)
        counts = np.bincount(buckets * size + numbers, weights, count * size).reshape(count, size)
        overall = counts.sum(axis=0) / counts.sum()
        rows = counts.sum(axis=1, keepdims=True)
        # One row more, spread as the classes are: a class is never impossible.
        self._shares = (counts + overall) / (rows + 1.0)
        self._guesses = self._shares.argmax(axis=1)
        self._right = self._rows = self._loss = 0.0

    def evaluate(self, buckets: Array, labels: Array, weights: Array) -> None:
        """Takes in a batch of eval rows; those of a class that no train row has are left out."""
        places, known = self._places(labels)
        weights = weights[known]
        shares = self._shares[buckets[known], places[known]]
        self._right += float(weights @ (self._guesses[buckets[known]] == places[known]))
        self._loss -= float(weights @ np.log(np.maximum(shares, LEAST_PROBABILITY)))
        self._rows += float(weights.sum())

    def scores(self) -> dict[str, float]:
        """Returns accuracy, and mean cross entropy in nats."""
        return {"accuracy": self._right / self._rows, "log_loss": self._loss / self._rows}

    def answers(self, metric: str, buckets: Array, labels: Array, weights: Array) -> Answers:
        """Returns the shares of the rows' own classes; the labels are numbers of the classes."""
        del metric
        places, known = self._places(labels)
        shares = np.where(known, self._shares[buckets, places], np.nan)
        return Answers(places, weights, shares, known & (self._guesses[buckets] == places))

    def _places(self, labels: Array) -> tuple[Array, Array]:
        """Returns the numbers of classes, and where a train row has the class."""
        places = np.minimum(np.searchsorted(self._classes, labels), len(self._classes) - 1)
        return places, self._classes[places] == labels


def _as_text(value: Value) -> Any:
    """Returns classes as text, ``""`` where missing."""
    ops = value.ops
    texts = value.values
    if value.kind != "text":
        texts = ops.strings.as_string(ops.cast(value.values, "int64"))
    return ops.where(value.missing, ops.constant("", "string"), texts)
