"""What every kind of feature has in common."""

import abc
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Statistic
from model.feature_engineering.columns import Column, Row, describe_length
from model.feature_engineering.expressions import Expression
from model.feature_engineering.kinds.embedding import embedding_width
from model.feature_engineering.kinds.encoding import Encoding, Ids, Output
from model.feature_engineering.kinds.known import Known
from model.feature_engineering.origins import Origin, find_origin
from zeroskew.errors import FeatureError

_KINDS_FOR = {
    "BYTES": "use Categorical, Hashed, Text or MultiCategory for text",
    "FLOAT": "use Numeric or Bucketized for numbers that are not whole",
    "INT": "use Integer, Numeric, Bucketized, Categorical or Hashed for whole numbers",
}


def transformed_name(feature_name: str) -> str:
    """Returns the name of a feature's main transformed tensor, unlike any raw column's."""
    return f"{feature_name}_xf"


@dataclasses.dataclass(frozen=True)
class Feature(abc.ABC):
    """One line of the feature list.

    Attributes:
        KIND: the kind's name.
        TYPES: the column types it can read, as the schema states them.
        ALONE: whether each is transformed on its own, as it reads several values in each row.
        FOR_RECORDS: what `to_dict` says that changes no result, and so no fingerprint.
        origin: the line of the features file that it stands in, if it stands in one.
        column: the raw column it reads.
        name: its own name; the column's name unless given.
    """

    KIND: ClassVar[str]
    TYPES: ClassVar[tuple[str, ...]]
    ALONE: ClassVar[bool] = False
    FOR_RECORDS: ClassVar[tuple[str, ...]] = ()

    origin: ClassVar[Origin | None] = None

    column: str
    name: str = dataclasses.field(default="", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", find_origin())
        object.__setattr__(self, "name", self.name or self.column)

    @property
    def sources(self) -> tuple[str, ...]:
        """The raw columns the feature reads."""
        return (self.column,)

    @property
    def length(self) -> int | None:
        """How many values a row of its columns holds: 1, a vector's length, None for a list."""
        return 1

    @property
    def lengths(self) -> Mapping[str, int | None]:
        """How many values a row of each column that it reads holds."""
        return dict.fromkeys(self.sources, self.length)

    @property
    def expression(self) -> Expression | None:
        """The lambda that computes what it starts from, if it has one."""
        return None

    @property
    def references(self) -> tuple[str, ...]:
        """The other features it is made of."""
        return ()

    @property
    def known(self) -> Mapping[str, Known]:
        """Which values of a column it knows, by column, unless it makes something of any value."""
        return {}

    @property
    def files(self) -> Mapping[Path, str]:
        """The digests of files, beside the code, that it is made with."""
        return {}

    @property
    def has_id(self) -> bool:
        """Whether it becomes one id in each row, and nothing else: such features can be crossed."""
        return [(one.size is None, one.length) for one in self.outputs] == [(False, 1)]

    @property
    def key(self) -> str:
        """The name of its main transformed tensor."""
        return transformed_name(self.name)

    @property
    @abc.abstractmethod
    def outputs(self) -> Sequence[Output]:
        """The tensors that `transform` returns."""

    @property
    def recipe(self) -> "Feature":
        """What the feature is but for its column and name.

        Features of equal recipe are transformed together: their values are the columns of one
        matrix, so that the transform graph does not grow with their number.
        """
        return dataclasses.replace(self, column="", name="")

    @abc.abstractmethod
    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Returns what the feature is computed from, of shape [batch].

        A kind that is `ALONE` returns what it will; if it is by column, so are its statistics.

        Args:
            row: canonical raw columns.
            outputs: what the features in `references` became, by output name.
        """

    def prepare(self, values: Any) -> Any:
        """Prepares the values of all features of this recipe, of shape [batch, n], for learning."""
        return values

    @property
    def statistics(self) -> Mapping[str, Statistic]:
        """What the tf.Transform half must learn from all rows before it can compute."""
        return {}

    @abc.abstractmethod
    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """The tf.Transform half: computes the outputs of all features of this recipe.

        Args:
            values: as `prepare` returns them, of shape [batch, n].
            learned: for each of the `statistics`, the results of the n features.

        Returns:
            A dense tensor of shape [batch, n], or [batch, n, length], for each of the `outputs`. A
            kind that is `ALONE` returns the tensors of its only feature, each of the shape that the
            output says.
        """

    @abc.abstractmethod
    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """The Keras half: turns the outputs, each of shape [batch, length], into network inputs."""

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks the columns that it reads, which the schema has.

        Raises:
            FeatureError: one is of a type that the kind cannot read, or holds lists where it takes
                one value, or the reverse.
        """
        for name in self.sources:
            column = columns[name]
            if column.type not in self.TYPES:
                raise FeatureError(
                    f"the {self.KIND} feature {self.name!r} cannot read this type of column",
                    allowed=f"a column of type {' or '.join(self.TYPES)}",
                    received=f"{column.name!r}, which is {column.type}",
                    action=_KINDS_FOR[column.type],
                )
        self.check_lengths(columns)

    def check_lengths(self, columns: Mapping[str, Column]) -> None:
        """Checks that a row of each column holds as many values as the kind takes.

        Raises:
            FeatureError: one holds more, or fewer.
        """
        for name in self.sources:
            length = columns[name].length
            if length != self.length:
                raise FeatureError(
                    f"the {self.KIND} feature {self.name!r} reads columns whose rows hold "
                    f"{describe_length(self.length)}",
                    received=f"{name!r}, which holds {describe_length(length)}, by value_count in "
                    "the schema",
                    action="use MultiCategory or Sequence for lists and Vector for vectors, or "
                    "correct the schema",
                )

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
                f"{self.KIND} feature {self.name!r}: {rule}",
                received=repr(received),
                action="correct this line of the feature list",
            )

    def require_embedding(self, embedding: int | str) -> None:
        """Raises `FeatureError` unless an embedding has this width."""
        if isinstance(embedding, str):
            self.require(embedding == "auto", 'embedding must be a width or "auto"', embedding)
        else:
            self.require(embedding >= 0, "embedding must be at least 0", embedding)


@dataclasses.dataclass(frozen=True)
class IdFeature(Feature):
    """A feature whose value is one id out of a fixed number.

    Attributes:
        embedding: width of the dense vector that the deep side learns for each id; 0 keeps the
            feature out of the deep side, and ``"auto"`` goes by the number of ids, see
            `embedding_width`.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("INT", "BYTES")

    embedding: int | str = dataclasses.field(default=8, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_embedding(self.embedding)

    @property
    @abc.abstractmethod
    def size(self) -> int:
        """Number of ids, those for missing and unknown values included."""

    @property
    def outputs(self) -> Sequence[Output]:
        """One tensor of ids."""
        return (Output(self.key, self.size),)

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """Both sides look the id up."""
        width = embedding_width(self.embedding, self.size)
        return Encoding(ids=[Ids(tensors[self.key], self.size, width)])
