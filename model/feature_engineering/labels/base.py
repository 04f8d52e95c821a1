"""What every kind of label has in common."""

import abc
import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Wanted
from model.feature_engineering.columns import Column, Row
from model.feature_engineering.expressions import Expression, column, compute, outline
from model.feature_engineering.labels.influence import Answers, Array, Influence
from model.feature_engineering.labels.pictures import Shown
from model.feature_engineering.origins import Origin, find_origin
from model.feature_engineering.values import Value
from zeroskew.errors import FeatureError

LEAST_PROBABILITY = 1e-7
"""No model is surer: a single wrong row would make the log loss of all others infinite."""

WEIGHT = "row_weight"
"""Name of the transformed tensor that says how much a row counts: nothing, if its label is not
known."""

MEASURED = "measured_label"
"""Name of what the SavedModel's `transform_features` gives for TFMA to compare predictions with."""


@dataclasses.dataclass(frozen=True)
class Metric:
    """One thing that models with a label are measured by.

    Attributes:
        name: such as ``"log_loss"``.
        title: as a table shows it.
        lower_is_better: whether a smaller value is the better one.
        margin: how much better than every trivial rule a model must surely be, unless settings say;
            None if it is not held against them.
        tolerance: how much worse than a blessed model it may be, unless settings say; None if it is
            not held against that.
        relative: whether margin and tolerance are shares of the other's value.
        most: the greatest value that there is; the least is 0.
    """

    name: str
    title: str
    lower_is_better: bool = False
    margin: float | None = None
    tolerance: float | None = None
    relative: bool = False
    most: float = math.inf


class Head(abc.ABC):
    """The label's half of the network: what the last layer learns, and what a client gets.

    Attributes:
        units: width of the last layer.
        dropout: share of hidden units that are best dropped while training, where nothing is said.
    """

    units: int = 1
    dropout: float = 0.2

    @property
    @abc.abstractmethod
    def loss(self) -> Any:
        """A Keras loss of labels, of shape [batch, 1], and the last layer's numbers."""

    @abc.abstractmethod
    def answer(self, numbers: Any) -> dict[str, Any]:
        """Returns what a client gets, by name, from the last layer's numbers, [batch, units]."""

    def measured(self, label: Any) -> Any:
        """Returns the label, of shape [batch], as TFMA compares predictions with it."""
        return label


class Tally(abc.ABC):
    """A rule that looks at one bucket of rows at a time, and how well it does.

    Of the train rows of a bucket it learns what to predict in it. Memory depends on the buckets,
    not on the rows.
    """

    @abc.abstractmethod
    def evaluate(self, buckets: Array, labels: Array, weights: Array) -> None:
        """Takes in a batch of eval rows: bucket, label and weight of each, shape [rows]."""

    @abc.abstractmethod
    def scores(self) -> dict[str, float]:
        """Returns the rule's metrics on all eval rows, by name."""

    @abc.abstractmethod
    def answers(self, metric: str, buckets: Array, labels: Array, weights: Array) -> Answers:
        """Returns what the rule says of some rows where it is measured by one of its metrics.

        Its score is NaN for a row that the rule leaves out.
        """


@dataclasses.dataclass(frozen=True)
class Label(Shown):
    """The line of the list that says what the model learns to predict.

    Attributes:
        KIND: the kind's name.
        DTYPE: type of the label's tensor, ``"int64"`` or ``"float32"``.
        METRICS: what models are measured by, the first of them the most telling.
        SCORE: the output that is measured, of those in `Head.answer`.
        MEASURES: by metric, TFMA's class and its options.
        TRIVIAL: the rule without any column, in words.
        COMPUTES: what an expression may give, in words of `Value.kind`.
        origin: the line of the features file that it stands in, if it stands in one.
        name: the label's own name.
        compute: computes the label from the columns in `uses`; see `values.py` for what it can do
            with them. Without it, the label is a column.
        column: that column; the one called like the label, unless given.
        uses: the columns that `compute` reads; none of them may be a feature's source ...
        known_before: ... except these, which are known before the question is answered.
        weight: a number column that says how much each row counts; all count alike without it.
    """

    KIND: ClassVar[str]
    DTYPE: ClassVar[str] = "int64"
    METRICS: ClassVar[Sequence[Metric]]
    SCORE: ClassVar[str]
    MEASURES: ClassVar[Mapping[str, tuple[str, Mapping[str, Any]]]]
    TRIVIAL: ClassVar[str]
    COMPUTES: ClassVar[Sequence[str]]
    origin: ClassVar[Origin | None] = None

    name: str
    compute: Expression | None = None
    column: str = dataclasses.field(default="", kw_only=True)
    uses: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)
    known_before: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)
    weight: str | None = dataclasses.field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", find_origin())
        if self.compute is None:
            object.__setattr__(self, "column", self.column or self.name)
            self.require(not self.uses, "uses goes with an expression", self.uses)
        else:
            self.require(not self.column, "is a column or an expression", self.column)
            self.require(bool(self.uses), "an expression names its columns in uses", self.uses)

    @property
    def sources(self) -> tuple[str, ...]:
        """The raw columns that label and weight are read from, each once."""
        of_label = self.uses or (self.column,)
        return tuple(dict.fromkeys([*of_label, *((self.weight,) if self.weight else ())]))

    @property
    def secret(self) -> tuple[str, ...]:
        """The columns that only the label may read."""
        of_label = self.uses or (self.column,)
        return tuple(name for name in of_label if name not in self.known_before)

    @property
    def owner(self) -> str:
        """Whose a mistake is, in messages."""
        return f"label {self.name!r}"

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks the columns, which the schema has, and the expression.

        Raises:
            FeatureError: the expression fails or gives something else than the label needs, or a
                column has the wrong type.
        """
        if self.weight:
            kind = columns[self.weight].type
            self.require(kind != "BYTES", "its weight is a number column", f"{self.weight}, {kind}")
        if self.compute is not None:
            found = self.kind_of_value(columns)
            wanted = " or ".join(self.COMPUTES)
            self.require(found in self.COMPUTES, f"its expression must give {wanted}", found)

    def kind_of_value(self, columns: Mapping[str, Column]) -> str:
        """Returns what `value` is, in words of `Value.kind`."""
        if self.compute is None:
            return "text" if columns[self.column].type == "BYTES" else "a number"
        return outline(self.owner, self.compute, self.uses, columns)

    def value(self, row: Row) -> Value:
        """Returns the label as it stands in the data, or is computed from it."""
        if self.compute is None:
            return column(row[self.column])
        return compute(self.owner, self.compute, row, self.uses)

    def wanted(self, row: Row) -> Sequence[Wanted]:
        """Returns what must be learned from all rows before the label is a tensor."""
        del row
        return ()

    def transform(self, row: Row, learned: Sequence[Any]) -> dict[str, Any]:
        """Returns the label's tensor and `WEIGHT`, float32, both of shape [batch].

        Args:
            row: canonical raw columns.
            learned: what was wanted.
        """
        value = self.value(row)
        known, label = self.encode(value, learned)
        return {self.name: label, WEIGHT: self._weight(row, known, value.ops)}

    def plain_labels(self, row: Row) -> tuple[Any, Any]:
        """Returns what `transform` does where nothing was learned: classes by their own values.

        Args:
            row: canonical raw columns; where they are arrays, so is what is returned.
        """
        value = self.value(row)
        known, label = self.plain(value)
        return label, self._weight(row, known, value.ops)

    def _weight(self, row: Row, known: Any, ops: Any) -> Any:
        weight = ops.cast(ops.ones_like(known), "float32")
        if self.weight:
            weight = column(row[self.weight]).or_else(0).as_float32()
        return ops.where(known, weight, ops.zeros_like(weight))

    @abc.abstractmethod
    def encode(self, value: Value, learned: Sequence[Any]) -> tuple[Any, Any]:
        """Returns where the label is known, and its tensor of type `DTYPE`, anything elsewhere."""

    @abc.abstractmethod
    def plain(self, value: Value) -> tuple[Any, Any]:
        """Returns what `encode` does where nothing was learned: the classes by their own values."""

    @abc.abstractmethod
    def head(
        self,
        labels: Iterable[Array],
        vocabulary: Sequence[str],
        columns: Mapping[str, Column],
    ) -> Head:
        """Returns the network's last part.

        Args:
            labels: all train labels, batch by batch.
            vocabulary: the classes that Transform learned, in order; empty if it learned none.
            columns: the schema's columns by name.

        Raises:
            DataError: nothing can be learned from them.
        """

    @abc.abstractmethod
    def tally(self, buckets: Array, count: int, labels: Array, weights: Array) -> Tally:
        """Returns the rule that train rows teach.

        Args:
            buckets: of each row, of shape [rows].
            count: how many buckets there are; one without rows gets what all rows teach.
            labels: of shape [rows], known ones only.
            weights: of shape [rows], none of them negative.
        """

    @abc.abstractmethod
    def influences(self, answers: Answers) -> dict[str, Influence]:
        """Returns the metrics of answers, one of which counts, with what each row adds, by name.

        A metric that these rows do not have is left out.
        """

    def told_by(self, numbers: Array, labels: Array) -> tuple[str, float] | None:
        """Returns how much a single number says about the label, by a measure of 0 to 1.

        Args:
            numbers: float64 of shape [rows], none of them missing.
            labels: of the same rows, as `plain_labels` gives them; known ones only.

        Returns:
            What the measure is called, and its value; None if a number orders no such labels.
        """
        del numbers, labels
        return None

    def to_dict(self) -> dict[str, Any]:
        """Returns the line as plain values, for records and tables."""
        values = {"kind": self.KIND}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            values[field.name] = f"<{field.name}>" if callable(value) else value
        return values

    def require(self, condition: bool, rule: str, received: object) -> None:
        """Raises `FeatureError` unless `condition` holds."""
        if not condition:
            raise FeatureError(
                f"{self.owner}: {rule}",
                received=repr(received),
                action="correct the label in the features file",
            )
