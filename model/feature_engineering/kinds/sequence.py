"""The last events of an entity, in their order, as a learned vector."""

import collections.abc
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Statistic
from model.feature_engineering.columns import Column, Row, as_float, as_strings
from model.feature_engineering.graph_names import graph_name
from model.feature_engineering.kinds.base import Feature
from model.feature_engineering.kinds.embedding import embedding_width
from model.feature_engineering.kinds.encoding import Encoding, Output
from model.feature_engineering.kinds.known import Known
from model.feature_engineering.kinds.tokens import token_ids, token_size
from model.feature_engineering.sequences.list_moments import ListMoments
from model.feature_engineering.sequences.newest import newest_events
from model.feature_engineering.vocabularies import Vocabulary
from model.feature_engineering.vocabulary_file import vocabulary_name
from zeroskew.errors import FeatureError
from zeroskew.lazy import lazy_import

attention_pooling = lazy_import("model.feature_engineering.sequences.attention_pooling")
keras = lazy_import("keras")
np = lazy_import("numpy")
tf = lazy_import("tensorflow")

POOLINGS = ("attention", "gru", "mean")
_CLIP = 10.0
_LEAST = {
    "last": 2,
    "width": 1,
    "max_tokens": 1,
    "min_frequency": 1,
    "hash_buckets": 0,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sequence(Feature):
    """The last events of a row, such as a driver's last trips, as a vector that the network learns.

    A column of lists says what each event was; several columns say several things of the same
    events, the n-th newest of each list being of the n-th newest event. Where lists of a row differ
    in length, the older events that not all of them have are left out, and the run says in how many
    rows. An event is its values' vectors and numbers, side by side.

    A row without events, or whose list is missing, becomes zeros; the network is also told how many
    events there are, and whether there is none. An empty word, and a NaN, is no event; an infinite
    number counts as the mean.

    Usage::

        Sequence("last_areas", last=30)
        Sequence("last_areas", numbers=("last_fares",), pooling="gru")  # area and fare of each trip
        Sequence("last_fares", numbers=("last_fares",))                 # fares alone
        Sequence("viewed", pooling="mean", newest_first=True)           # in whatever order

    Attributes:
        categories: further columns of the same events, of words or whole numbers.
        numbers: columns of the same events that hold numbers, which get a mean of 0 and a standard
            deviation of 1 over all lists of the train split, and are clipped to +-10; the first
            argument may be one of them.
        last: events that are kept of each row, the newest ones.
        pooling: ``"attention"`` (a block of self-attention with learned positions), ``"gru"`` (a
            recurrent network, oldest event first), or ``"mean"``, for which order does not count.
        width: of the vector; with ``"mean"`` it is as wide as an event.
        newest_first: whether lists begin with the newest event, instead of ending with it.
        max_tokens: size each vocabulary may reach.
        min_frequency: how often a value must occur in the train split to be kept.
        hash_buckets: ids by hash instead of vocabularies, if more than 0.
        embedding: width of the vector that is learned for each value of a category; ``"auto"`` goes
            by the number of ids, see `embedding_width`.
    """

    KIND: ClassVar[str] = "sequence"
    TYPES: ClassVar[tuple[str, ...]] = ("INT", "BYTES", "FLOAT")
    ALONE: ClassVar[bool] = True

    categories: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    last: int = 20
    pooling: str = "attention"
    width: int = 32
    newest_first: bool = False
    max_tokens: int = 10_000
    min_frequency: int = 1
    hash_buckets: int = 0
    embedding: int | str = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        for field in ("categories", "numbers"):
            object.__setattr__(self, field, tuple(getattr(self, field)))
        self.require(self.pooling in POOLINGS, f"pooling must be one of {POOLINGS}", self.pooling)
        several = (*self.categories, *self.numbers)
        self.require(
            len(set(several)) == len(several) and self.column not in self.categories,
            "categories and numbers name each column once",
            several,
        )
        for name, least in _LEAST.items():
            value = getattr(self, name)
            self.require(value >= least, f"{name} must be at least {least}", value)
        self.require_embedding(self.embedding)
        self.require(self.embedding != 0, "embedding must be at least 1", self.embedding)

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns, categories first among the further ones."""
        return tuple(dict.fromkeys((self.column, *self.categories, *self.numbers)))

    @property
    def length(self) -> int | None:
        """The columns hold lists."""
        return None

    @property
    def known(self) -> Mapping[str, Known]:
        """The vocabularies, unless values are hashed."""
        columns = () if self.hash_buckets else self._words
        return {one: Known(None, vocabulary_name(self.name, self.column, one)) for one in columns}

    @property
    def size(self) -> int:
        """How many ids a category has, those for filling up and for unknown values included."""
        return token_size(self.max_tokens, self.hash_buckets)

    @property
    def outputs(self) -> collections.abc.Sequence[Output]:
        """Ids or numbers of each column, the newest last, how many, and whether lists differ."""
        lists = [
            Output(self._tensor(one), None if one in self.numbers else self.size, self.last)
            for one in self.sources
        ]
        unequal = (Output(self.unequal),) if len(lists) > 1 else ()
        return (*lists, Output(self._length, self.last + 1), *unequal)

    @property
    def statistics(self) -> Mapping[str, Statistic]:
        """By column, its vocabulary unless values are hashed, or the moments of its numbers."""
        moments = {one: ListMoments() for one in self.sources if one in self.numbers}
        columns = () if self.hash_buckets else self._words
        words = {one: Vocabulary(self.max_tokens, self.min_frequency) for one in columns}
        return {**words, **moments}

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the lists by column, categories as text."""
        found = {}
        for name in self.sources:
            as_ = as_float if name in self.numbers else as_strings
            found[name] = row[name].with_flat_values(as_(row[name].flat_values))
        return found

    def transform(self, values: Any, learned: Mapping[str, Any]) -> collections.abc.Sequence[Any]:
        """Looks events up, scales their numbers, and takes the newest."""
        found = {
            name: lists.with_flat_values(self._found(name, lists.flat_values, learned))
            for name, lists in values.items()
        }
        taken, counts, unequal = newest_events(found, self.last, newest_first=self.newest_first)
        flags = [tf.cast(unequal, tf.float32)] if len(taken) > 1 else []
        return [*taken.values(), counts, *flags]

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """Both sides get the vector, how full the sequence is, and whether it is empty."""
        count = keras.ops.cast(tensors[self._length], "float32")
        present = self.last - count <= np.arange(self.last)
        parts = [self._vectors(name, tensors[self._tensor(name)]) for name in self.sources]
        events = keras.ops.concatenate(parts, axis=2) if len(parts) > 1 else parts[0]
        missing = keras.ops.cast(count < 1, "float32")
        numbers = [self._pool(events, present), count / self.last, missing]
        return Encoding(wide=numbers, deep=numbers)

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks that each column holds lists, and of what it should.

        Raises:
            FeatureError: it does not.
        """
        for name in self.sources:
            is_number = name in self.numbers
            if columns[name].type == ("BYTES" if is_number else "FLOAT"):
                raise FeatureError(
                    f"the {self.KIND} feature {self.name!r} reads numbers of the columns that "
                    "`numbers` names, and categories of the others",
                    allowed=f"a column of type {'FLOAT or INT' if is_number else 'INT or BYTES'}",
                    received=f"{name!r}, which is {columns[name].type}",
                    action="take it out of `numbers`"
                    if is_number
                    else "name it in `numbers`, and not in `categories`",
                )
        self.check_lengths(columns)

    @property
    def unequal(self) -> str:
        """The name of the tensor that says whether lists differ; the network does not read it."""
        return f"{self.key}_unequal"

    @property
    def _words(self) -> tuple[str, ...]:
        return tuple(one for one in self.sources if one not in self.numbers)

    @property
    def _length(self) -> str:
        return f"{self.key}_length"

    def _tensor(self, column: str) -> str:
        return self.key if column == self.column else f"{self.key}_of_{column}"

    def _found(self, column: str, values: Any, learned: Mapping[str, Any]) -> Any:
        if column not in self.numbers:
            return token_ids(values, self.hash_buckets, learned.get(column))
        mean, variance = tf.unstack(learned[column], num=2)
        scores = tf.math.divide_no_nan(tf.cast(values, tf.float64) - mean, tf.sqrt(variance))
        scores = tf.where(tf.math.is_finite(values), scores, tf.zeros_like(scores))
        return tf.cast(tf.clip_by_value(scores, -_CLIP, _CLIP), tf.float32)

    def _vectors(self, column: str, tensor: Any) -> Any:
        if column in self.numbers:
            return keras.ops.expand_dims(tensor, 2)
        width = embedding_width(self.embedding, self.size)
        name = graph_name(f"{self._tensor(column)}_vectors")
        return keras.layers.Embedding(self.size, width, name=name)(tensor)

    def _pool(self, events: Any, present: Any) -> Any:
        name = graph_name(f"{self.key}_{self.pooling}")
        if self.pooling == "attention":
            layer = attention_pooling.AttentionPooling(self.width, self.last, name=name)
            return layer(events, present)
        if self.pooling == "gru":
            # `keras.layers.GRU` would save an operation that only a GPU has, if one trained it.
            return keras.layers.RNN(keras.layers.GRUCell(self.width), name=name)(
                events, mask=present
            )
        weights = keras.ops.expand_dims(keras.ops.cast(present, "float32"), 2)
        count = keras.ops.maximum(keras.ops.sum(weights, axis=1), 1.0)
        return keras.ops.sum(events * weights, axis=1) / count
