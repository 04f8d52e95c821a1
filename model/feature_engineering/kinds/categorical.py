"""A category, looked up in a vocabulary that is learned from the data, or given."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Statistic
from model.feature_engineering.columns import Column, Row, as_strings, is_missing
from model.feature_engineering.given_ranks import GivenRanks
from model.feature_engineering.kinds.base import IdFeature
from model.feature_engineering.kinds.default import DefaultFeature, check_values
from model.feature_engineering.kinds.known import Known
from model.feature_engineering.vocabularies import Vocabulary
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Categorical(DefaultFeature, IdFeature):
    """A string or integer as its rank in a vocabulary, of the most frequent values or a given one.

    Usage::

        Categorical("payment_type", max_tokens=100)
        Categorical("company", max_tokens=50, min_frequency=5, oov_buckets=10)
        Categorical("size", vocabulary=("S", "M", "L"))

    Attributes:
        max_tokens: size the vocabulary may reach; rarer values are out of vocabulary (OOV).
        oov_buckets: how many ids the OOV values share, by hash.
        min_frequency: rows of the train split in which a value must occur to be kept.
        vocabulary: all values that have ids of their own, the first one 0, instead of learning it.
    """

    KIND: ClassVar[str] = "categorical"

    max_tokens: int = 100
    oov_buckets: int = 1
    min_frequency: int = 1
    vocabulary: tuple[str, ...] | tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.vocabulary is not None:
            object.__setattr__(self, "vocabulary", tuple(self.vocabulary))
            self.require_vocabulary([str(value) for value in self.vocabulary])
            object.__setattr__(self, "max_tokens", len(self.vocabulary))
        self.require(self.max_tokens >= 1, "max_tokens must be at least 1", self.max_tokens)
        self.require(self.oov_buckets >= 1, "oov_buckets must be at least 1", self.oov_buckets)
        self.require(
            self.min_frequency >= 1, "min_frequency must be at least 1", self.min_frequency
        )

    def require_vocabulary(self, given: list[str]) -> None:
        """Raises `FeatureError` unless these values can have ids of their own."""
        self.require(
            len(set(given)) == len(given) > 0 and "" not in given,
            "vocabulary must name different values, and not the empty text, which is missing",
            self.vocabulary,
        )
        self.require(
            self.min_frequency == 1, "a given vocabulary has no min_frequency", self.min_frequency
        )

    @property
    def size(self) -> int:
        """The vocabulary, the OOV ids and one id for missing values."""
        return self.max_tokens + self.oov_buckets + 1

    @property
    def known(self) -> Mapping[str, Known]:
        """The vocabulary."""
        given = self.vocabulary
        return {self.column: Known(None if given is None else [*map(str, given)])}

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the column as text."""
        return as_strings(row[self.column])

    @property
    def statistics(self) -> Mapping[str, Statistic]:
        """The vocabulary, unless it is given."""
        if self.vocabulary is not None:
            return {}
        return {"vocabulary": Vocabulary(self.max_tokens, self.min_frequency)}

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Looks the values up; those not found share the ids behind the vocabulary, by hash."""
        given = self.vocabulary
        vocabulary = learned["vocabulary"] if given is None else GivenRanks([*map(str, given)])
        ranks = vocabulary.of(values)
        unknown = vocabulary.sizes + tf.strings.to_hash_bucket_fast(values, self.oov_buckets)
        missing_id = tf.constant(self.size - 1, tf.int64)
        return [tf.where(is_missing(values), missing_id, tf.where(ranks < 0, unknown, ranks))]

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks also that the column could hold what the vocabulary names.

        Raises:
            FeatureError: it could not, or what `DefaultFeature.check` says.
        """
        super().check(columns)
        check_values(self, "vocabulary", self.vocabulary or (), columns[self.column].type)
