"""A yes or a no."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.columns import MISSING_INT, Column, Row, as_strings, is_missing
from model.feature_engineering.kinds.base import Feature
from model.feature_engineering.kinds.embedding import embedding_width
from model.feature_engineering.kinds.encoding import Encoding, Ids, Output
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

OUTPUTS = ("id", "number")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Boolean(Feature):
    """A yes or a no, however it is written.

    Anything that is neither counts as missing: any other word, and any number but 1 and 0.

    Usage::

        Boolean("shared")                                            # yes, no, t, f, TRUE, 0 ...
        Boolean("status", true=("married",), false=("single", "divorced"), output="number")

    Attributes:
        true: the words, or whole numbers, for a yes, whose capitals count as small letters.
        false: those for a no.
        output: ``"id"``, one for each of no, yes and missing, or ``"number"``: 1 for a yes, 0 for
            any other, and a second one that is 1 where it is missing.
        embedding: width of the dense vector that the deep side learns for each id; 0 for none, and
            ``"auto"`` goes by the number of ids.
    """

    KIND: ClassVar[str] = "boolean"
    TYPES: ClassVar[tuple[str, ...]] = ("BYTES", "INT", "FLOAT")

    true: tuple[str, ...] = ("true", "yes", "t", "y", "1")
    false: tuple[str, ...] = ("false", "no", "f", "n", "0")
    output: str = "id"
    embedding: int | str = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        for side in ("true", "false"):
            words = getattr(self, side)
            self.require(
                not isinstance(words, str) and len(words) > 0, f"{side} is a list of words", words
            )
            object.__setattr__(self, side, tuple(str(word).lower() for word in words))
        both = sorted({*self.true} & {*self.false})
        self.require(not both, "no word is a yes and a no", both)
        self.require("" not in (*self.true, *self.false), "an empty text is missing", "")
        self.require(self.output in OUTPUTS, f"output must be one of {OUTPUTS}", self.output)
        self.require_embedding(self.embedding)

    @property
    def outputs(self) -> Sequence[Output]:
        """One id, or the number and whether it is missing."""
        if self.output == "id":
            return (Output(self.key, 3),)
        return (Output(self.key), Output(f"{self.key}_missing"))

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks the column; numbers that are not whole can be no other words than 1 and 0."""
        super().check(columns)
        if columns[self.column].type == "FLOAT":
            plain = "1" in self.true and "0" in self.false
            self.require(plain, "in a FLOAT column 1 is a yes and 0 a no", (self.true, self.false))

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Returns 1 for a yes, 0 for a no, or the marker of a missing value, int64."""
        values = row[self.column]
        if values.dtype == tf.float32:
            yes, no = tf.equal(values, 1.0), tf.equal(values, 0.0)
        else:
            texts = tf.strings.lower(as_strings(values), encoding="utf-8")
            yes, no = (
                tf.reduce_any(tf.equal(texts[:, tf.newaxis], tf.constant(words)), axis=1)
                for words in (self.true, self.false)
            )
        return tf.where(yes | no, tf.cast(yes, tf.int64), tf.constant(MISSING_INT, tf.int64))

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Names the id, or the number; nothing is learned."""
        missing = is_missing(values)
        if self.output == "id":
            return [tf.where(missing, tf.constant(2, tf.int64), values)]
        known = tf.where(missing, tf.zeros_like(values), values)
        return [tf.cast(known, tf.float32), tf.cast(missing, tf.float32)]

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """Both sides look the id up, or get the numbers."""
        if self.output == "id":
            width = embedding_width(self.embedding, 3)
            return Encoding(ids=[Ids(tensors[self.key], 3, width)])
        numbers = [tensors[output.name] for output in self.outputs]
        return Encoding(wide=numbers, deep=numbers)
