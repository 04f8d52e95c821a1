"""Penalties on weights: the train loss bears them, the validation loss does not."""

from typing import Any

import keras


class PenalizedEmbedding(keras.layers.Embedding):
    """An embedding whose vectors cost the sum of their squares.

    An id that few rows have is worth little more than none, one that many rows have is what these
    say: the prior of a random effect, see Gelman and Hill, "Data Analysis Using Regression and
    Multilevel/Hierarchical Models" (2006).

    Args:
        penalty: of each square.
    """

    def __init__(self, *args: Any, penalty: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self._penalty = penalty

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Looks the vectors up."""
        if training and self._penalty:
            self.add_loss(self._penalty * keras.ops.sum(keras.ops.square(self.embeddings)))
        return super().call(inputs)


class PenalizedDense(keras.layers.Dense):
    """A dense layer whose weights cost the sum of what they are, whatever their sign.

    So the weights of inputs that tell nothing end near zero. Source: Tibshirani, "Regression
    Shrinkage and Selection via the Lasso" (1996).

    Args:
        penalty: of each weight.
    """

    def __init__(self, *args: Any, penalty: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self._penalty = penalty

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Multiplies."""
        if training and self._penalty:
            self.add_loss(self._penalty * keras.ops.sum(keras.ops.abs(self.kernel)))
        return super().call(inputs, training=training)
