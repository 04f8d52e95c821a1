"""A vector that somebody else made, such as an embedding."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.columns import Column, Row, as_strings, describe_length
from model.feature_engineering.kinds.base import Feature
from model.feature_engineering.kinds.encoding import Encoding, Output
from model.feature_engineering.vector_versions import VectorVersion
from zeroskew.errors import FeatureError
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Vector(Feature):
    """Numbers of fixed length, which mean something only together.

    Where they come from is part of the definition: vectors of another model, or of another version
    of it, are not the same feature. A missing vector counts as zeros, and a second input says so. A
    vector of another length, or with a number that is missing, NaN or infinite, is refused.

    Usage::

        Vector("review_vector", dimension=1024, provider="acme", model="acme-embed", version="2")
        Vector("review_vector", dimension=1024, version="2", version_column="made_by_version")

    Attributes:
        dimension: how many numbers.
        provider: who made them.
        model: with what.
        version: of it.
        version_column: the column that says of which version the vector of each row is. A row that
            has a vector of another version, or says nothing of it, is refused.
        normalized: whether each vector is given the length that random ones have, the root of the
            dimension, which the network takes best; only its direction counts then.
    """

    KIND: ClassVar[str] = "vector"
    TYPES: ClassVar[tuple[str, ...]] = ("FLOAT",)
    ALONE: ClassVar[bool] = True

    dimension: int
    provider: str = ""
    model: str = ""
    version: str = ""
    version_column: str = ""
    normalized: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.dimension >= 2, "dimension must be at least 2", self.dimension)
        if self.version_column:
            self.require(self.version != "", "version_column needs a version", self.version)
            self.require(
                self.version_column != self.column,
                "version_column is another column than the vector's",
                self.version_column,
            )

    @property
    def sources(self) -> tuple[str, ...]:
        """The vector's column, and the one that says of which version it is."""
        return (self.column, self.version_column) if self.version_column else (self.column,)

    @property
    def length(self) -> int | None:
        """The vector's."""
        return self.dimension

    @property
    def lengths(self) -> Mapping[str, int | None]:
        """The vector's, and one value."""
        return {name: self.length if name == self.column else 1 for name in self.sources}

    @property
    def version_stated(self) -> VectorVersion | None:
        """What the column that says of which version a vector is must say; None without one."""
        if not self.version_column:
            return None
        return VectorVersion(self.column, self.version_column, self.version)

    @property
    def outputs(self) -> Sequence[Output]:
        """The numbers, and whether they are missing."""
        return (Output(self.key, length=self.dimension), Output(f"{self.key}_missing"))

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the vectors, of shape [batch, dimension].

        Raises:
            tf.errors.InvalidArgumentError: when run, a vector is of another version.
        """
        vectors = row[self.column]
        if not self.version_column:
            return vectors
        said = as_strings(row[self.version_column])
        fits = tf.equal(said, self.version) | tf.math.is_nan(vectors[:, 0])
        rule = (
            f"the column {self.version_column!r} says of each vector in {self.column!r} that it is "
            f"of version {self.version!r}; received"
        )
        check = tf.debugging.Assert(tf.reduce_all(fits), [rule, tf.boolean_mask(said, ~fits)])
        with tf.control_dependencies([] if check is None else [check]):
            return tf.identity(vectors)

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks the columns that it reads; see `Feature.check`."""
        if not self.version_column:
            super().check(columns)
            return
        dataclasses.replace(self, version_column="").check(columns)
        says = columns[self.version_column]
        if says.type not in ("BYTES", "INT") or says.length != 1:
            raise FeatureError(
                "version_column holds one text or whole number in each row",
                received=f"{says.name!r}, which is {says.type} and holds "
                f"{describe_length(says.length)}",
                action="name another column, or correct its type in the schema",
            )
        if says.type == "INT":
            self.require(
                self.version == str(_whole(self.version)),
                f"version is a whole number, as {says.name!r} holds",
                self.version,
            )

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Fills missing vectors with zeros; nothing is learned."""
        missing = tf.math.is_nan(values[:, 0])
        numbers = tf.where(missing[:, tf.newaxis], 0.0, values)
        if self.normalized:
            # The largest first: a square of 1e30 is no float32.
            largest = tf.reduce_max(tf.abs(numbers), axis=1, keepdims=True)
            numbers = tf.math.divide_no_nan(numbers, largest)
            numbers = tf.math.l2_normalize(numbers, axis=1) * math.sqrt(self.dimension)
        return [numbers, tf.cast(missing, tf.float32)]

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """Both sides get the numbers."""
        numbers = [tensors[output.name] for output in self.outputs]
        return Encoding(wide=numbers, deep=numbers, vector=numbers[0])


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
