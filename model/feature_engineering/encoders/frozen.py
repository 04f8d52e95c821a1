"""What an encoder is in the transform graph: its tokenizer, and weights that stay as they are.

Vocabulary and weights become tables and variables of the SavedModel that tracks a module: as
constants, the weights would have to fit into the 2 GB of a graph with everything else. tf.Transform
traces its function ten times, so what a module computes is traced once and called after that, and a
process makes each module once.
"""

import functools
from typing import Any

import tensorflow as tf

from model.feature_engineering.encoders.encoder import Encoder
from model.feature_engineering.encoders.pretrained import Pretrained
from model.feature_engineering.encoders.word_piece import make_table

_TEXTS = [tf.TensorSpec([None], tf.string)]


class Tokenizer(tf.Module):
    """Computes the tokens of texts.

    Args:
        encoder: whose they are.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self._encoder = encoder
        self._table = make_table(encoder.vocabulary)

    @tf.function(input_signature=_TEXTS, autograph=False)
    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Computes ids, ragged int32 of shape [batch, None], of texts, of shape [batch]."""
        return self._encoder.tokens(texts, self._table)


class Frozen(tf.Module):
    """Computes the vectors of texts.

    Args:
        encoder: what it computes.
        pretrained: the files of its weights.
    """

    def __init__(self, encoder: Encoder, pretrained: Pretrained) -> None:
        super().__init__()
        self._encoder = encoder
        self._table = make_table(encoder.vocabulary)
        arrays = encoder.model.arrays(pretrained)
        self._names = tuple(arrays)
        # By place: names with dots are none that a SavedModel's objects may have.
        self._held = [tf.Variable(array, trainable=False) for array in arrays.values()]

    @tf.function(input_signature=_TEXTS, autograph=False)
    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """Computes vectors, float32 of shape [batch, dimension], of texts, of shape [batch]."""
        weights: dict[str, Any] = dict(zip(self._names, self._held, strict=True))
        return self._encoder.vectors(self._encoder.tokens(texts, self._table), weights)


@functools.lru_cache(maxsize=8)
def module(pretrained: Pretrained, digest: str, max_length: int | None, vectors: bool) -> tf.Module:
    """Returns the module of an encoder, the same one each time.

    Args:
        pretrained: its files.
        digest: of these; other files make another module.
        max_length: tokens of a text at most.
        vectors: whether it computes them, or the tokens.
    """
    del digest
    encoder = Encoder.read(pretrained, max_length)
    return Frozen(encoder, pretrained) if vectors else Tokenizer(encoder)
