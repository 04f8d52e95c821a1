"""The combination of several features."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.columns import Row
from model.feature_engineering.kinds.base import IdFeature, transformed_name
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Crossed(IdFeature):
    """The combination of other features' ids as one hash bucket.

    Usage::

        Crossed("pickup_cell", of=("pickup_latitude", "pickup_longitude"), hash_buckets=500)

    The first argument is the cross's own name; `of` names features of the list that have ids
    (bucketized, boolean, categorical, integer, hashed).

    Attributes:
        of: the names of two or more features.
        hash_buckets: number of buckets.
    """

    KIND: ClassVar[str] = "crossed"

    of: tuple[str, ...] = ()
    hash_buckets: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "of", tuple(self.of))
        self.require(len(self.of) >= 2, "of must name two features or more", self.of)
        self.require(self.hash_buckets >= 2, "hash_buckets must be at least 2", self.hash_buckets)

    @property
    def sources(self) -> tuple[str, ...]:
        """None of its own: it reads other features."""
        return ()

    @property
    def references(self) -> tuple[str, ...]:
        """The crossed features."""
        return self.of

    @property
    def size(self) -> int:
        """The hash buckets."""
        return self.hash_buckets

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Joins the crossed features' ids."""
        ids = [tf.strings.as_string(outputs[transformed_name(name)]) for name in self.of]
        return tf.strings.join(ids, separator="_")

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Hashes; nothing is learned."""
        return [tf.strings.to_hash_bucket_fast(values, self.hash_buckets)]
