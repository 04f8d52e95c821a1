"""A tokenizer and a model: from texts to vectors."""

import dataclasses
from collections.abc import Mapping
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
        pieces = WordPiece(self.vocabulary, table).tokens(texts, self.model.word_limit)
        return self.model.complete(pieces)

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
        size = max(1, _CHUNK_NUMBERS // self._numbers)
        chunks = tf.maximum(1, -(-rows // size))

        def compute(chunk: Any, found: Any) -> tuple[Any, Any]:
            some = ordered[chunk * size : (chunk + 1) * size]
            present = tf.sequence_mask(some.row_lengths())
            vectors = self.model.vectors(weights, some.to_tensor(), present)
            return chunk + 1, found.write(chunk, vectors)

        shape = [None, self.model.dimension]
        found = tf.TensorArray(tf.float32, chunks, element_shape=shape, infer_shape=False)
        _, found = tf.while_loop(
            lambda chunk, _: chunk < chunks, compute, (0, found), parallel_iterations=1
        )
        back = tf.math.invert_permutation(order)
        return tf.ensure_shape(tf.gather(found.concat(), back), shape)

    @property
    def _numbers(self) -> int:
        """Of the largest tensor that one text needs."""
        if isinstance(self.model, StaticTable):
            return self.model.limit * self.model.dimension
        return self.model.limit**2 * self.model.heads
