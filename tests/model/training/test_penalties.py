"""What a penalty does to weights."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from model import Categorical, FeatureSet, Numeric, YesNo
from model.settings import TrainerSettings
from model.training.network import build_network
from model.training.penalties import PenalizedDense, PenalizedEmbedding

LIST = FeatureSet(YesNo("y"), [Numeric("x"), Categorical("c", max_tokens=5, embedding=2)])
ONE = {"numbers": np.ones((1, 1), np.float32), "ids": np.ones((1, 1), np.int64)}


def pull(layer: keras.Layer, weights: list[list[float]], inputs: Any, labels: Any) -> np.ndarray:
    """Returns the gradient of squared error and penalty, by the layer's weights."""
    layer(inputs)
    layer.set_weights([np.array(weights, np.float32)])
    with tf.GradientTape() as tape:
        answers = keras.ops.reshape(layer(inputs, training=True), (-1,))
        loss = keras.ops.mean(keras.ops.square(answers - labels)) + sum(layer.losses)
    (gradient,) = tape.gradient(loss, [layer.weights[0].value])
    return np.array(tf.convert_to_tensor(gradient))[:, 0]


def test_an_id_gets_half_of_what_as_many_rows_say_as_the_penalty_has() -> None:
    ids = np.repeat(np.arange(3), [1, 4, 95])
    table = PenalizedEmbedding(4, 1, penalty=4 / len(ids))
    best = [[1 / 5], [1 / 2], [95 / 99], [0.0]]
    labels = np.ones(len(ids), np.float32)
    assert pull(table, best, ids, labels).tolist() == pytest.approx([0.0] * 4, abs=1e-6)
    assert all(pull(table, [[1.0]] * 4, ids, labels) > 0)


def test_an_input_that_tells_nothing_gets_no_weight() -> None:
    random = np.random.default_rng(1)
    inputs = random.normal(size=(400, 2)).astype(np.float32)
    labels = inputs[:, 0] + 0.3 * random.normal(size=400).astype(np.float32)
    free, held = (PenalizedDense(1, penalty=one, use_bias=False) for one in (0.0, 0.1))
    _, below = pull(held, [[1.0], [-1e-4]], inputs, labels)
    _, above = pull(held, [[1.0], [1e-4]], inputs, labels)
    assert below < 0 < above, "whichever way the weight is off, it is drawn to 0"
    assert pull(free, [[1.0], [-1e-4]], inputs, labels)[1] == pytest.approx(below + 0.1)
    assert pull(held, [[0.5], [0.0]], inputs, labels)[0] < -0.5, "and the other is learned"


def test_only_the_train_loss_bears_it_and_the_less_of_it_the_more_rows_there_are() -> None:
    settings = TrainerSettings(hidden_units=(3, 2), l2_ids=6.0, l1_inputs=2.0)
    network = build_network(LIST, settings, 1, rows=50)
    network(ONE, training=False)
    assert network.losses == []
    network(ONE, training=True)
    weights = {layer.name: layer.get_weights()[0] for layer in network.layers if layer.weights}
    squares = [6 / 50 * (weights[name] ** 2).sum() for name in ("id_weights", "id_vectors_2")]
    wanted = sorted([*squares, 2 / 50 * abs(weights["deep_0"]).sum()])
    assert sorted(float(one) for one in network.losses) == pytest.approx(wanted, rel=1e-5)


def test_without_penalties_the_loss_is_that_of_the_rows() -> None:
    network = build_network(LIST, TrainerSettings(), 1, rows=50)
    network(ONE, training=True)
    assert network.losses == []
