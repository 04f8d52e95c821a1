"""A vector that somebody else made, such as an embedding."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.columns import Row
from model.feature_engineering.kinds.base import Encoding, Feature, Output
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

    Attributes:
        dimension: how many numbers.
        provider: who made them.
        model: with what.
        version: of it.
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
    normalized: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.dimension >= 2, "dimension must be at least 2", self.dimension)

    @property
    def length(self) -> int | None:
        """The vector's."""
        return self.dimension

    @property
    def outputs(self) -> Sequence[Output]:
        """The numbers, and whether they are missing."""
        return (Output(self.key, length=self.dimension), Output(f"{self.key}_missing"))

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the vectors, of shape [batch, dimension]."""
        return row[self.column]

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
