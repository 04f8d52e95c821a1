"""WordPiece: a word as the longest pieces of a vocabulary, from its beginning on."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from model.feature_engineering.encoders.characters import BasicTokenizer, mark_of
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

_MISSING = -1
_REST = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """The tokens of an encoder, and how texts become them.

    Attributes:
        tokens: in the order of their ids.
        lower: whether capitals and accents count as plain small letters.
        special: tokens that are no words, such as `[SEP]`.
        unknown: the token of a word that is not made of pieces.
        prefix: of pieces that do not begin a word.
        longest_word: in characters; a longer one is unknown.
    """

    tokens: Sequence[str]
    lower: bool = True
    special: Sequence[str] = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    unknown: str = "[UNK]"
    prefix: str = "##"
    longest_word: int = 100

    def id_of(self, token: str) -> int:
        """Returns the id of a token that is in it."""
        return self.tokens.index(token)


def make_table(vocabulary: Vocabulary) -> Any:
    """Returns a lookup table of all tokens, by which `WordPiece` finds them."""
    words = {token: place for place, token in enumerate(vocabulary.tokens)}
    marks = {
        mark_of(place): words[token]
        for place, token in enumerate(vocabulary.special)
        if token in words
    }
    known = words | marks
    initializer = tf.lookup.KeyValueTensorInitializer(
        tf.constant(list(known)), tf.constant(list(known.values()), tf.int32)
    )
    return tf.lookup.StaticHashTable(initializer, _MISSING)


@dataclasses.dataclass(frozen=True)
class WordPiece:
    """Turns texts into tokens.

    Attributes:
        vocabulary: the tokens.
        table: what `make_table` makes of them.
    """

    vocabulary: Vocabulary
    table: Any

    def tokens(self, texts: Any, limit: int) -> Any:
        """Returns the ids of the first tokens of each text, ragged int32 of shape [batch, None].

        Args:
            texts: of shape [batch].
            limit: of tokens in a text.
        """
        basic = BasicTokenizer(self.vocabulary.lower, self.vocabulary.special)
        # A word is one token at least.
        words = basic.words(texts)[:, :limit]
        distinct, places = tf.unique(words.flat_values)
        pieces = tf.gather(self._pieces(distinct), places)
        return words.with_flat_values(pieces).merge_dims(1, 2)[:, :limit]

    def _pieces(self, words: Any) -> Any:
        """Returns the ids of the pieces of different words, ragged, of shape [words, None]."""
        whole = self.table.lookup(words)
        size = tf.strings.length(words, "UTF8_CHAR")
        unknown = tf.constant(self.vocabulary.id_of(self.vocabulary.unknown), tf.int32)
        whole = tf.where(size > self.vocabulary.longest_word, unknown, whole)
        is_cut = whole < 0
        cut = tf.cast(tf.where(is_cut)[:, 0], tf.int32)
        owners, ids = self._cut(tf.gather(words, cut))
        failed = tf.math.unsorted_segment_max(
            tf.cast(ids == _MISSING, tf.int32), owners, tf.size(cut)
        )
        # What fails at any place is unknown as a whole.
        kept = tf.gather(failed, owners) < 1
        owners = tf.concat(
            [
                tf.cast(tf.where(~is_cut)[:, 0], tf.int32),
                tf.gather(cut, tf.boolean_mask(owners, kept)),
                tf.boolean_mask(cut, failed > 0),
            ],
            axis=0,
        )
        ids = tf.concat(
            [
                tf.boolean_mask(whole, ~is_cut),
                tf.boolean_mask(ids, kept),
                tf.fill([tf.reduce_sum(tf.maximum(failed, 0))], unknown),
            ],
            axis=0,
        )
        order = tf.argsort(owners, stable=True)
        rows = tf.cast(tf.gather(owners, order), tf.int64)
        return tf.RaggedTensor.from_value_rowids(
            tf.gather(ids, order), rows, tf.size(words, tf.int64), validate=False
        )

    def _cut(self, words: Any) -> tuple[Any, Any]:
        """Cuts words, piece by piece for all at once.

        Returns:
            Places of words and the ids of their pieces, each of shape [pieces], the pieces of a
            word in their order; the last of a word that fails is `_MISSING`.
        """
        begun = self._step(words, "")
        nothing = tf.zeros([0], tf.int32)
        active = tf.range(tf.size(words))
        any_length = tf.TensorShape([None])
        *_, owners, ids = tf.while_loop(
            lambda active, *_: tf.size(active) > 0,
            self._next,
            (active, *begun, nothing, nothing),
            shape_invariants=(any_length,) * 5,
        )
        return owners, ids

    def _next(
        self, active: Any, found: Any, tails: Any, owners: Any, ids: Any
    ) -> tuple[Any, Any, Any, Any, Any]:
        """Keeps the pieces that were found, and finds the next ones of words that go on."""
        owners = tf.concat([owners, active], axis=0)
        ids = tf.concat([ids, found], axis=0)
        goes_on = (found != _MISSING) & (tails != "")
        rest = tf.boolean_mask(tails, goes_on)
        return (
            tf.boolean_mask(active, goes_on),
            *self._step(rest, self.vocabulary.prefix),
            owners,
            ids,
        )

    def _step(self, tails: Any, prefix: str) -> tuple[Any, Any]:
        """Returns the longest piece that each tail begins with, and what is left of it."""
        longest = max(len(token) for token in self.vocabulary.tokens)
        lengths = tf.range(longest, 0, -1)[tf.newaxis, :]
        shape = tf.stack([tf.size(tails), longest])
        starts = tf.strings.substr(
            tf.broadcast_to(tails[:, tf.newaxis], shape),
            tf.zeros(shape, tf.int32),
            tf.broadcast_to(lengths, shape),
            unit="UTF8_CHAR",
        )
        ids = self.table.lookup(tf.strings.join([prefix, starts]))
        best = tf.argmax(ids >= 0, axis=1, output_type=tf.int32)
        chosen = tf.gather(starts, best, batch_dims=1)
        left = tf.strings.substr(tails, tf.strings.length(chosen), tf.fill(tf.shape(tails), _REST))
        return tf.gather(ids, best, batch_dims=1), left
