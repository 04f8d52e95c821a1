"""A tokenizer and a model: from texts to vectors."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from model.feature_engineering.encoders.bert import Bert
from model.feature_engineering.encoders.pretrained import Pretrained
from model.feature_engineering.encoders.static_table import TABLE, StaticTable
from model.feature_engineering.encoders.vocabulary_files import read_vocabulary
from model.feature_engineering.encoders.word_piece import Vocabulary, WordPiece
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

_CHUNK_NUMBERS = 1 << 24
"""Of the largest tensor while texts are encoded, 64 MiB."""
_CHUNK_BYTES = 1 << 20
"""Of texts that are cut into tokens at once, which takes some hundred times their size."""


@dataclasses.dataclass(frozen=True)
class Encoder:
    """What turns texts into vectors, but for its weights.

    Attributes:
        model: of one of two families.
        vocabulary: its tokens.
    """

    model: Bert | StaticTable
    vocabulary: Vocabulary

    @classmethod
    def read(cls, pretrained: Pretrained, max_length: int | None = None) -> "Encoder":
        """Reads which one it is.

        Args:
            pretrained: its files.
            max_length: tokens of a text at most; None for as many as the encoder takes.

        Raises:
            FeatureError: it is of neither family, or takes fewer tokens.
        """
        vocabulary = read_vocabulary(pretrained)
        family = StaticTable if TABLE in pretrained.shapes() else Bert
        model = family.read(pretrained, vocabulary)
        if max_length is None:
            return cls(model, vocabulary)
        if max_length > model.limit:
            raise pretrained.refused(f"max_length is {model.limit} at most", str(max_length))
        return cls(dataclasses.replace(model, limit=max_length), vocabulary)

    def tokens(self, texts: Any, table: Any) -> Any:
        """Returns the ids of each text's tokens, ragged int32 of shape [batch, None].

        Args:
            texts: of shape [batch].
            table: what `make_table` makes of the vocabulary.
        """
        if isinstance(self.model, StaticTable):
            whole = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")
            texts = tf.strings.substr(whole, 0, self.model.characters, unit="UTF8_CHAR")
        pieces = WordPiece(self.vocabulary, table)
        # Where each chunk begins: texts that are longer than one make empty ones after them.
        sizes = tf.cast(tf.strings.length(texts), tf.int64)
        begun = tf.cast(tf.cumsum(sizes, exclusive=True) // _CHUNK_BYTES, tf.int32)
        count = tf.reduce_max(tf.concat([begun, [0]], axis=0)) + 1
        starts = tf.searchsorted(begun, tf.range(count + 1))

        def cut(chunk: Any) -> tuple[Any, Any]:
            some = pieces.tokens(texts[starts[chunk] : starts[chunk + 1]], self.model.word_limit)
            return some.flat_values, some.row_lengths()

        ids, lengths = _in_chunks(count, cut, (tf.int32, []), (tf.int64, []))
        return self.model.complete(tf.RaggedTensor.from_row_lengths(ids, lengths))

    def vectors(self, tokens: Any, weights: Mapping[str, Any]) -> Any:
        """Computes the vectors of texts, float32 of shape [batch, dimension].

        Texts of about the same length are computed together, some at a time: batches of thousands
        of rows would not fit into memory, and padding would take most of the time.

        Args:
            tokens: as the method `tokens` returns them.
            weights: as the model's `arrays` names them.
        """
        order = tf.argsort(tokens.row_lengths(), stable=True)
        ordered = tf.gather(tokens, order)
        rows = tf.cast(tokens.nrows(), tf.int32)
        size = max(1, _CHUNK_NUMBERS // self.model.numbers)

        def compute(chunk: Any) -> tuple[Any]:
            some = ordered[chunk * size : (chunk + 1) * size]
            present = tf.sequence_mask(some.row_lengths())
            return (self.model.vectors(weights, some.to_tensor(), present),)

        count = tf.maximum(1, -(-rows // size))
        (found,) = _in_chunks(count, compute, (tf.float32, [self.model.dimension]))
        return tf.gather(found, tf.math.invert_permutation(order))


def _in_chunks(
    count: Any, compute: Callable[[Any], tuple[Any, ...]], *kinds: tuple[Any, list[int]]
) -> list[Any]:
    """Computes one chunk after the other, and puts their results together.

    Args:
        count: of chunks, one at least.
        compute: returns the results of a chunk by its number; each may be of any length.
        kinds: the type of each result, and its shape but for the length.
    """
    shapes = [[None, *shape] for _, shape in kinds]
    held = [
        tf.TensorArray(kind, count, element_shape=shape, infer_shape=False)
        for (kind, _), shape in zip(kinds, shapes, strict=True)
    ]

    def step(chunk: Any, *held: Any) -> tuple[Any, ...]:
        written = zip(held, compute(chunk), strict=True)
        return (chunk + 1, *(one.write(chunk, result) for one, result in written))

    _, *found = tf.while_loop(
        lambda chunk, *_: chunk < count, step, (0, *held), parallel_iterations=1
    )
    return [tf.ensure_shape(one.concat(), shape) for one, shape in zip(found, shapes, strict=True)]
