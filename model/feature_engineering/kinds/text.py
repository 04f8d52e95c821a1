"""A text, cut into words or characters."""

import dataclasses
import functools
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar

from model.feature_engineering.columns import Row
from model.feature_engineering.kinds.tokens import TokensFeature
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

SPLITS = ("words", "characters")
_PUNCTUATION = r"[!\"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']"
"""What Keras' `TextVectorization` strips."""
_HANGUL = range(0xAC00, 0xD7A4)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Text(TokensFeature):
    """A text as the words in it.

    With the defaults it takes the same words as Keras' `TextVectorization`, but for capitals that
    are not ASCII, which it lowers too. Bytes that are no UTF-8 become U+FFFD.

    Usage::

        Text("review")                                        # tf-idf of words
        Text("review", ngrams=2, max_tokens=20_000)           # and of pairs of words
        Text("title", output="int", max_length=20)            # mean of word vectors
        Text("name", split="characters", ngrams=3)

    Attributes:
        lower: whether capitals count as small letters.
        punctuation: whether it is kept; it is dropped otherwise.
        accents: whether they are kept; a letter loses them otherwise, and Unicode's compatible
            forms become plain ones (NFKD without marks).
        split: at blanks, into ``"words"``, or into ``"characters"``.
        ngrams: how many neighbours make one more word, at most.
    """

    KIND: ClassVar[str] = "text"
    TYPES: ClassVar[tuple[str, ...]] = ("BYTES",)

    output: str = "tf_idf"
    lower: bool = True
    punctuation: bool = False
    accents: bool = True
    split: str = "words"
    ngrams: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.split in SPLITS, f"split must be one of {SPLITS}", self.split)
        self.require(self.ngrams >= 1, "ngrams must be at least 1", self.ngrams)

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the column."""
        return row[self.column]

    def prepare(self, values: Any) -> Any:
        """Cuts texts, of shape [batch], into words, a ragged tensor."""
        texts = tf.strings.unicode_transcode(values, "UTF-8", "UTF-8", errors="replace")
        if not self.accents:
            texts = _without_accents(texts)
        if self.lower:
            texts = tf.strings.lower(texts, encoding="utf-8")
        if not self.punctuation:
            texts = tf.strings.regex_replace(texts, _PUNCTUATION, "")
        if self.split == "words":
            words = tf.strings.split(texts)
        else:
            words = tf.strings.unicode_split(texts, "UTF-8")
        if self.ngrams == 1:
            return words
        return tf.strings.ngrams(words, tuple(range(1, self.ngrams + 1)), separator=" ")


def _without_accents(texts: Any) -> Any:
    points, plain = _plain_characters()
    known = tf.constant(points, tf.int32)
    characters = tf.strings.unicode_decode(texts, "UTF-8")
    flat = characters.flat_values
    places = tf.minimum(tf.searchsorted(known, flat), len(points) - 1)
    kept = tf.strings.unicode_encode(flat[:, tf.newaxis], "UTF-8")
    changed = tf.where(tf.gather(known, places) == flat, tf.gather(plain, places), kept)
    return tf.strings.reduce_join(characters.with_flat_values(changed), axis=-1)


@functools.cache
def _plain_characters() -> tuple[list[int], list[str]]:
    """Returns the code points that change, in order, and what each becomes."""
    changes = {
        point: plain
        for point in range(sys.maxunicode + 1)
        if point not in _HANGUL and (plain := _plain(chr(point))) != chr(point)
    }
    return list(changes), list(changes.values())


def _plain(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not unicodedata.combining(part))
