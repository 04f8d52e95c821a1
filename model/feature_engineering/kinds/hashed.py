"""A category with too many values for a vocabulary."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.columns import Row, as_strings, is_missing
from model.feature_engineering.kinds.base import IdFeature
from model.feature_engineering.kinds.default import DefaultFeature
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hashed(DefaultFeature, IdFeature):
    """A string or integer as a hash bucket: no vocabulary to learn, collisions accepted.

    Usage::

        Hashed("pickup_census_tract", hash_buckets=200)

    Attributes:
        hash_buckets: number of buckets.
    """

    KIND: ClassVar[str] = "hashed"

    hash_buckets: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.hash_buckets >= 2, "hash_buckets must be at least 2", self.hash_buckets)

    @property
    def size(self) -> int:
        """The buckets and one id for missing values."""
        return self.hash_buckets + 1

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the column as text."""
        return as_strings(row[self.column])

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Hashes the values; nothing is learned."""
        buckets = tf.strings.to_hash_bucket_fast(values, self.hash_buckets)
        missing_id = tf.constant(self.hash_buckets, tf.int64)
        return [tf.where(is_missing(values), missing_id, buckets)]
