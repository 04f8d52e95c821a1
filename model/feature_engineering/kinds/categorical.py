"""A category, looked up in a vocabulary learned from the data."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from model.feature_engineering.columns import Row, as_strings
from model.feature_engineering.kinds.base import IdFeature
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")
tft = lazy_import("tensorflow_transform")


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

    def transform(self, row: Row, known: Mapping[str, Any]) -> dict[str, Any]:
        """Learns the vocabulary, then looks values up in it."""
        texts = as_strings(row[self.column])
        ids = tft.compute_and_apply_vocabulary(
            texts,
            top_k=self.max_tokens,
            frequency_threshold=self.min_frequency if self.min_frequency > 1 else None,
            num_oov_buckets=self.oov_buckets,
            vocab_filename=f"{self.name}_vocabulary",
        )
        missing_id = tf.constant(self.size - 1, tf.int64)
        return {self.key: tf.where(tf.equal(texts, ""), missing_id, ids)}
