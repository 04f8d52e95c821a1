"""A category, looked up in a vocabulary learned from the data."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Statistic
from model.feature_engineering.columns import Row, as_strings, is_missing
from model.feature_engineering.kinds.base import IdFeature
from model.feature_engineering.vocabularies import Vocabulary
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Categorical(IdFeature):
    """A string or integer as its rank in a vocabulary of the most frequent values.

    Usage::

        Categorical("payment_type", max_tokens=100)
        Categorical("company", max_tokens=50, min_frequency=5, oov_buckets=10)

    Attributes:
        max_tokens: size the vocabulary may reach; rarer values are out of vocabulary (OOV).
        oov_buckets: how many ids the OOV values share, by hash.
        min_frequency: rows of the train split in which a value must occur to be kept.
    """

    KIND: ClassVar[str] = "categorical"

    max_tokens: int = 100
    oov_buckets: int = 1
    min_frequency: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.max_tokens >= 1, "max_tokens must be at least 1", self.max_tokens)
        self.require(self.oov_buckets >= 1, "oov_buckets must be at least 1", self.oov_buckets)
        self.require(
            self.min_frequency >= 1, "min_frequency must be at least 1", self.min_frequency
        )

    @property
    def size(self) -> int:
        """The vocabulary, the OOV ids and one id for missing values."""
        return self.max_tokens + self.oov_buckets + 1

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the column as text."""
        return as_strings(row[self.column])

    @property
    def statistics(self) -> Mapping[str, Statistic]:
        """The vocabulary."""
        return {"vocabulary": Vocabulary(self.max_tokens, self.min_frequency)}

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Looks the values up; those not found share the ids behind the vocabulary, by hash."""
        vocabulary = learned["vocabulary"]
        ranks = vocabulary.of(values)
        unknown = vocabulary.sizes + tf.strings.to_hash_bucket_fast(values, self.oov_buckets)
        missing_id = tf.constant(self.size - 1, tf.int64)
        return [tf.where(is_missing(values), missing_id, tf.where(ranks < 0, unknown, ranks))]
