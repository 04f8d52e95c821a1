"""A layer that makes one vector of a row's events, by attention."""

from typing import Any

import keras

_HEADS = 2
_LEAST = -1e9


@keras.saving.register_keras_serializable("zeroskew")
class AttentionPooling(keras.layers.Layer):
    """Lets events attend to each other, and takes their mean, weighted by a learned question.

    One block of a transformer (Vaswani et al., "Attention Is All You Need", 2017) with layer
    normalisation first and learned positions, which count from the newest event. Events that are
    not present have no weight in any sum; a row without events becomes zeros.

    Args:
        width: of the vector.
        last: how many events a row has at most.
    """

    def __init__(self, width: int, last: int, **options: Any) -> None:
        super().__init__(**options)
        self.width, self.last = width, last
        self._project = keras.layers.Dense(width, name="project")
        self._before = keras.layers.LayerNormalization(name="before")
        self._attend = keras.layers.MultiHeadAttention(_HEADS, -(-width // _HEADS), name="attend")
        self._between = keras.layers.LayerNormalization(name="between")
        self._widen = keras.layers.Dense(2 * width, activation="relu", name="widen")
        self._narrow = keras.layers.Dense(width, name="narrow")
        self._after = keras.layers.LayerNormalization(name="after")
        self._ask = keras.layers.Dense(1, use_bias=False, name="ask")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the weights for events of shape [batch, events, n]."""
        inner = (*input_shape[:2], self.width)
        self._positions = self.add_weight(
            shape=(self.last, self.width),
            initializer=keras.initializers.RandomNormal(stddev=0.5),
            name="positions",
        )
        self._project.build(input_shape)
        self._attend.build(inner, inner)
        self._narrow.build((*input_shape[:2], 2 * self.width))
        for layer in (self._before, self._between, self._widen, self._after, self._ask):
            layer.build(inner)

    def call(self, events: Any, present: Any) -> Any:
        """Returns vectors of shape [batch, width].

        Args:
            events: of shape [batch, events, n], the newest last.
            present: booleans of shape [batch, events].
        """
        newest = self._positions[self.last - events.shape[1] :]
        inner = self._project(events) + newest
        normal = self._before(inner)
        attended = self._attend(normal, normal, attention_mask=present[:, None, :])
        inner = inner + attended
        inner = inner + self._narrow(self._widen(self._between(inner)))
        inner = self._after(inner)
        scores = keras.ops.where(present[:, :, None], self._ask(inner), _LEAST)
        shares = keras.ops.softmax(scores, axis=1)
        # Of events that are all absent, each has the same share.
        shares = shares * keras.ops.cast(present[:, :, None], shares.dtype)
        return keras.ops.sum(shares * inner, axis=1)

    def compute_output_shape(
        self, events_shape: tuple[int | None, ...], present_shape: Any = None
    ) -> tuple[int | None, int]:
        """Returns [batch, width]."""
        del present_shape
        return events_shape[0], self.width

    def get_config(self) -> dict[str, Any]:
        """Returns what the layer is made from."""
        return {**super().get_config(), "width": self.width, "last": self.last}
