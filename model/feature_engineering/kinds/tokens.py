"""What lists of words have in common, whether they were words or a text."""

import abc
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Statistic
from model.feature_engineering.kinds.base import Feature
from model.feature_engineering.kinds.embedding import embedding_width
from model.feature_engineering.kinds.encoding import Encoding, Ids, Output
from model.feature_engineering.vocabularies import Vocabulary
from zeroskew.lazy import lazy_import

keras = lazy_import("keras")
tf = lazy_import("tensorflow")

OUTPUTS = ("multi_hot", "count", "tf_idf", "int")
_PADDING, _UNKNOWN, _FIRST = 0, 1, 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class TokensFeature(Feature, abc.ABC):
    """A feature of any number of words in each row.

    The ids are those of Keras' `TextVectorization` and `StringLookup`: 0 fills up, 1 is any word
    out of vocabulary, and the most frequent word is 2. A row without a word is all zeros, and adds
    nothing to the network.

    Instead of a vector as long as the vocabulary, a bag is held as the ids in it and what each
    weighs there; the network looks the ids up and sums by weight, which is the same.

    Attributes:
        output: ``"multi_hot"``, ``"count"`` or ``"tf_idf"`` for a bag of words, weighted so; or
            ``"int"``, for the mean of the vectors of all words.
        max_tokens: size the vocabulary may reach.
        min_frequency: how often a word must occur in the train split to be kept.
        hash_buckets: ids by hash instead of a vocabulary, if more than 0.
        max_length: words, or different words in a bag, that are kept of each row, the first ones.
        embedding: width of the vector that the deep side learns for each word; 0 for none, and
            ``"auto"`` goes by the number of ids, see `embedding_width`.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("INT", "BYTES")
    ALONE: ClassVar[bool] = True

    output: str = "multi_hot"
    max_tokens: int = 10_000
    min_frequency: int = 1
    hash_buckets: int = 0
    max_length: int = 64
    embedding: int | str = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.output in OUTPUTS, f"output must be one of {OUTPUTS}", self.output)
        self.require(
            self.output != "tf_idf" or not self.hash_buckets,
            "tf_idf needs a vocabulary, not hash_buckets",
            self.hash_buckets,
        )
        for name, least in _LEAST.items():
            value = getattr(self, name)
            self.require(value >= least, f"{name} must be at least {least}", value)
        self.require_embedding(self.embedding)

    @property
    def size(self) -> int:
        """How many ids there are, those for filling up and for unknown words included."""
        return token_size(self.max_tokens, self.hash_buckets)

    @property
    def outputs(self) -> Sequence[Output]:
        """The ids and, in a bag, their weights."""
        ids = Output(self.key, self.size, self.max_length)
        if self.output == "int":
            return (ids,)
        return (ids, Output(f"{self.key}_weights", length=self.max_length))

    @property
    def statistics(self) -> Mapping[str, Statistic]:
        """The vocabulary, unless words are hashed."""
        if self.hash_buckets:
            return {}
        return {"vocabulary": Vocabulary(self.max_tokens, self.min_frequency)}

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Turns words, a ragged tensor, into ids, and counts them."""
        words = values.flat_values
        ids = token_ids(words, self.hash_buckets, learned.get("vocabulary"))
        ids = values.with_flat_values(ids)
        if self.output == "int":
            return [self._dense(ids)]
        distinct, counts = count_in_rows(ids, self.size)
        weights = tf.cast(counts.flat_values, tf.float32)
        if self.output == "multi_hot":
            weights = tf.ones_like(weights)
        if self.output == "tf_idf":
            weights *= learned["vocabulary"].idf_of(distinct.flat_values - _FIRST)
        return [self._dense(distinct), self._dense(counts.with_flat_values(weights))]

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """Both sides sum over the words: by share of the bag's length, or the mean."""
        ids = tensors[self.key]
        width = embedding_width(self.embedding, self.size)
        if self.output == "int":
            present = keras.ops.cast(ids != _PADDING, "float32")
            length = keras.ops.sum(present, axis=1, keepdims=True)
            shares = present / keras.ops.maximum(length, 1.0)
        else:
            weights = tensors[f"{self.key}_weights"]
            length = keras.ops.sum(keras.ops.square(weights), axis=1, keepdims=True)
            shares = weights * keras.ops.rsqrt(keras.ops.maximum(length, 1e-12))
        return Encoding(ids=[Ids(ids, self.size, width, shares)])

    def _dense(self, lists: Any) -> Any:
        return lists.to_tensor(shape=[None, self.max_length])


_LEAST = {
    "max_tokens": 1,
    "min_frequency": 1,
    "hash_buckets": 0,
    "max_length": 2,
}


def token_size(max_tokens: int, hash_buckets: int) -> int:
    """Returns how many ids there are, those for filling up and for unknown words included."""
    return _UNKNOWN + hash_buckets if hash_buckets else _FIRST + max_tokens


def token_ids(words: Any, hash_buckets: int, vocabulary: Any) -> Any:
    """Returns an id for each word, int64.

    Args:
        words: of shape [words].
        hash_buckets: ids by hash, if more than 0.
        vocabulary: otherwise, the `Ranks` of a single feature.
    """
    if hash_buckets:
        return _UNKNOWN + tf.strings.to_hash_bucket_fast(words, hash_buckets)
    ranks = vocabulary.of(words)
    return tf.where(ranks < 0, tf.constant(_UNKNOWN, tf.int64), _FIRST + ranks)


def count_in_rows(ids: Any, size: int) -> tuple[Any, Any]:
    """Returns the different ids of each row, in the order they come in, and how often each does.

    Args:
        ids: ragged tensor of int64, shape [batch, None].
        size: greater than all of them.
    """
    keys = ids.value_rowids() * size + ids.flat_values
    distinct, _, counts = tf.unique_with_counts(keys, tf.int64)
    rows = tf.RaggedTensor.from_value_rowids(
        distinct % size, distinct // size, ids.nrows(), validate=False
    )
    return rows, rows.with_flat_values(counts)
