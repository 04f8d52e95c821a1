"""BERT's basic tokenizer: from texts to words, by a table over all code points.

What it does to a character depends on that character alone: it is dropped, or ends a word, or is a
word of its own, or becomes small letters without accents. `scripts/bert_characters.py` reads all
that off the package `tokenizers`, so that it is the same with each Python and its Unicode.
"""

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zeroskew.lazy import lazy_import

np = lazy_import("numpy")
tf = lazy_import("tensorflow")

_FILE = Path(__file__).with_name("bert_characters.npz")
_FIRST_MARK = 0xF0000
"""Of the private use, which the tokenizer drops; so a mark stands for a special token."""
_NOTHING = "\x00"
"""A character that the tokenizer drops, and that keeps its neighbours apart until then."""


def mark_of(place: int) -> str:
    """Returns the word that stands for the special token at this place."""
    return chr(_FIRST_MARK + place)


@dataclasses.dataclass(frozen=True)
class BasicTokenizer:
    """Cuts texts into words as BERT does.

    Attributes:
        lower: whether capitals count as small letters, and accents are dropped.
        special: tokens that count as such also where they are written in a text, such as `[SEP]`.
            They become the words that `mark_of` returns.
    """

    lower: bool
    special: Sequence[str] = ()

    def words(self, texts: Any) -> Any:
        """Returns the words of texts, a ragged tensor of shape [batch, None].

        Args:
            texts: of shape [batch]; bytes that are no UTF-8 are dropped.
        """
        starts, rows, parts = self._table()
        characters = tf.strings.unicode_decode(self._marked(texts), "UTF-8")
        points = characters.flat_values
        ranges = tf.searchsorted(tf.constant(starts), points, side="right") - 1
        made = tf.gather(tf.constant(parts), tf.gather(tf.constant(rows), ranges))
        made = tf.where(made == 0, points[:, tf.newaxis], made)
        kept = made >= 0
        counts = tf.reduce_sum(tf.cast(kept, tf.int64), axis=1)
        ends = tf.concat([[tf.constant(0, tf.int64)], tf.cumsum(counts)], axis=0)
        splits = tf.gather(ends, characters.row_splits)
        plain = tf.RaggedTensor.from_row_splits(tf.boolean_mask(made, kept), splits)
        return tf.strings.split(tf.strings.unicode_encode(plain, "UTF-8"))

    def _marked(self, texts: Any) -> Any:
        """Puts marks in the place of special tokens, and nothing where marks stand already."""
        last = mark_of(len(self.special))
        marked = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")
        marked = tf.strings.regex_replace(marked, f"[{mark_of(0)}-{last}]", _NOTHING)
        for place, token in enumerate(self.special):
            marked = tf.strings.regex_replace(marked, re.escape(token), mark_of(place))
        return marked

    def _table(self) -> tuple[Any, Any, Any]:
        """Returns where ranges start, their rows, and the parts of each row; marks are words."""
        name = "uncased" if self.lower else "cased"
        with np.load(_FILE) as file:
            starts, rows, parts = (file[f"{name}_{part}"] for part in ("starts", "rows", "parts"))
        if not self.special:
            return starts, rows, parts
        (alone,) = np.flatnonzero((parts == [ord(" "), 0, ord(" ")]).all(axis=1))
        end = _FIRST_MARK + len(self.special)
        after = rows[np.searchsorted(starts, end, side="right") - 1]
        outside = (starts < _FIRST_MARK) | (starts > end)
        starts = np.concatenate([starts[outside], [_FIRST_MARK, end]]).astype(np.int32)
        rows = np.concatenate([rows[outside], [alone, after]])
        order = np.argsort(starts)
        return starts[order], rows[order], parts
