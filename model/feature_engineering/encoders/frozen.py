"""An encoder in the transform graph: its weights stay as they are."""

from typing import Any

import tensorflow as tf

from model.feature_engineering.encoders.encoder import Encoder
from model.feature_engineering.encoders.pretrained import Pretrained
from model.feature_engineering.encoders.word_piece import make_table


class Frozen(tf.Module):
    """Computes the vectors of texts.

    Vocabulary and weights become variables and tables of the SavedModel that tracks this module:
    as constants, the weights would have to fit into the 2 GB of a graph with everything else.

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

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """Computes vectors, float32 of shape [batch, dimension], of texts, of shape [batch]."""
        weights: dict[str, Any] = dict(zip(self._names, self._held, strict=True))
        return self._encoder.vectors(self._encoder.tokens(texts, self._table), weights)
