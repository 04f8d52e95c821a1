"""What a penalty does to weights."""

import keras
import numpy as np
import pytest

from model import Categorical, FeatureSet, Numeric, YesNo
from model.settings import TrainerSettings
from model.training.network import build_network
from model.training.penalties import PenalizedDense, PenalizedEmbedding

LIST = FeatureSet(YesNo("y"), [Numeric("x"), Categorical("c", max_tokens=5, embedding=2)])
ONE = {"numbers": np.ones((1, 1), np.float32), "ids": np.ones((1, 1), np.int64)}


def fitted(layer: keras.Layer, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Trains the layer alone, on squared errors, and returns its weights."""
    taken = keras.Input((1,) if inputs.ndim == 1 else inputs.shape[1:], dtype=inputs.dtype.name)
    network = keras.Model(taken, keras.layers.Reshape((1,))(layer(taken)))
    decay = keras.optimizers.schedules.CosineDecay(0.05, 1000)
    network.compile(keras.optimizers.Adam(decay), "mse", steps_per_execution=100)
    network.fit(inputs, labels, batch_size=len(labels), epochs=1000, verbose=0)
    return layer.get_weights()[0]


def test_an_id_gets_half_of_what_as_many_rows_say_as_the_penalty_has() -> None:
    ids = np.repeat(np.arange(3), [1, 4, 95])
    table = PenalizedEmbedding(4, 1, penalty=4 / len(ids))
    weights = fitted(table, ids, np.ones(len(ids), np.float32))[:, 0]
    assert weights.tolist() == pytest.approx([1 / 5, 1 / 2, 95 / 99, 0.0], abs=0.01)


def test_an_input_that_tells_nothing_gets_no_weight() -> None:
    random = np.random.default_rng(1)
    inputs = random.normal(size=(400, 2)).astype(np.float32)
    labels = inputs[:, 0] + 0.3 * random.normal(size=400).astype(np.float32)
    free = fitted(PenalizedDense(1, penalty=0.0, use_bias=False), inputs, labels)[:, 0]
    held = fitted(PenalizedDense(1, penalty=0.1, use_bias=False), inputs, labels)[:, 0]
    assert abs(free[1]) > 0.003 > abs(held[1])
    assert held[0] == pytest.approx(free[0] - 0.05, abs=0.02)


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
