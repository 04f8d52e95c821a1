"""An encoder that learns begins as the one that does not."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_encoders import BERT, REFERENCES, TEXTS, ids_of, read

from model.feature_engineering.encoders import encoder as encoders
from model.feature_engineering.encoders.bert import Bert
from model.feature_engineering.encoders.pretrained import in_folder
from model.feature_engineering.encoders.trainable import TrainableEncoder

ENCODER = read(BERT)
FILLER = len(ENCODER.vocabulary.tokens)


def network(rate: float) -> keras.Model:
    keras.utils.set_random_seed(1)
    layer = TrainableEncoder(ENCODER, in_folder(BERT, "", ""), rate, FILLER, "encoder")
    ids = keras.Input((12,), dtype="int64")
    return keras.Model(ids, keras.layers.Dense(1)(layer(ids)))


def tokens() -> np.ndarray:
    lists = ids_of(ENCODER, TEXTS)
    return np.array([one + [FILLER] * (12 - len(one)) for one in lists], np.int64)


def test_its_vectors_are_those_of_the_frozen_one() -> None:
    layer = network(0.1).get_layer("encoder")
    found = layer(tf.constant(tokens())).numpy()
    np.testing.assert_allclose(found, REFERENCES["bert"]["vectors"], atol=2e-6)
    assert layer(tf.zeros([0, 12], tf.int64)).shape == (0, 16)
    learning = layer(tf.constant(tokens()), training=True).numpy()
    np.testing.assert_allclose(learning, found, atol=1e-6)


class Counting(Bert):
    """A model that notes how many texts it computes at a time."""

    sizes: ClassVar[list[int]] = []

    def vectors(self, weights: Mapping[str, Any], ids: Any, present: Any) -> Any:
        """Computes vectors, as any other."""
        self.sizes.append(int(ids.shape[0]))
        return super().vectors(weights, ids, present)


def test_many_rows_are_computed_in_chunks_but_where_it_learns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder = dataclasses.replace(ENCODER, model=Counting(**vars(ENCODER.model)))
    layer = TrainableEncoder(encoder, in_folder(BERT, "", ""), 0.1, FILLER, "encoder")
    monkeypatch.setattr(encoders, "_CHUNK_NUMBERS", 20 * encoder.model.numbers)
    monkeypatch.setattr(Counting, "sizes", [])
    np.testing.assert_allclose(layer(tokens()), REFERENCES["bert"]["vectors"], atol=2e-6)
    layer(tokens(), training=True)
    assert Counting.sizes == [20, 20, 10, 50]


def test_it_learns_at_its_own_rate() -> None:
    ids, wanted = tokens(), np.arange(len(TEXTS))[:, np.newaxis] % 2
    moved = []
    for rate in (0.5, 0.005):
        model = network(rate)
        layer = model.get_layer("encoder")
        before = layer(ids).numpy()
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(ids, training=True) - wanted) ** 2)
        weights = model.trainable_variables
        keras.optimizers.AdamW(0.01).apply(
            tape.gradient(loss, [one.value for one in weights]), weights
        )
        largest = max(np.abs(one.numpy()).max() for one in layer.trainable_variables)
        # Adam's first step is its rate, whatever the gradient is.
        np.testing.assert_allclose(largest, 0.01, rtol=1e-2)
        moved.append(np.abs(layer(ids).numpy() - before).max())
    assert moved[0] > 20 * moved[1] > 0
