"""An encoder in the network: its weights learn, slowly, from where they begin."""

from typing import Any

import keras
import tensorflow as tf

from model.feature_engineering.encoders.encoder import Encoder
from model.feature_engineering.encoders.pretrained import Pretrained


class TrainableEncoder(keras.layers.Layer):
    """Computes vectors of tokens.

    Each weight is its pretrained value plus `rate` times a change, which begins at zero and learns
    like the weights of the network. Adam's steps do not depend on how large a gradient is, so this
    is a learning rate of its own; and weight decay pulls towards the pretrained values instead of
    zero (L2-SP, Li et al., 2018).

    Args:
        encoder: what it computes.
        pretrained: the files of its weights.
        rate: of learning, as a share of the network's.
        filler: the id that stands for no token.
    """

    def __init__(
        self, encoder: Encoder, pretrained: Pretrained, rate: float, filler: int, name: str
    ) -> None:
        super().__init__(name=name)
        self._encoder, self._rate, self._filler = encoder, rate, filler
        self._begun: dict[str, Any] = {}
        self._changes: dict[str, Any] = {}
        for key, array in encoder.model.arrays(pretrained).items():
            place = f"weight_{len(self._begun)}"
            self._begun[key] = self.add_weight(
                shape=array.shape, initializer="zeros", trainable=False, name=place
            )
            self._begun[key].assign(array)
            self._changes[key] = self.add_weight(
                shape=array.shape, initializer="zeros", name=f"{place}_change"
            )

    def call(self, ids: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Computes vectors, of shape [batch, dimension], of ids, of shape [batch, length].

        Gradients need all that was computed of a batch; without them it is done in chunks.
        """
        present = ids != self._filler
        weights = {
            name: begun + self._rate * self._changes[name] for name, begun in self._begun.items()
        }
        tokens = tf.ragged.boolean_mask(tf.cast(ids, tf.int32), present)
        if not training:
            return self._encoder.vectors(tokens, weights)
        mask = tf.sequence_mask(tokens.row_lengths())
        return self._encoder.model.vectors(weights, tokens.to_tensor(), mask)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """Returns [batch, dimension]."""
        return input_shape[0], self._encoder.model.dimension
