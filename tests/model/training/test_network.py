import numpy as np
import pytest

from model import Cyclic, FeatureSet, Integer, Numeric, YesNo
from model.feature_engineering.network_inputs import join, part
from model.settings import TrainerSettings
from model.training.network import build_network

FEATURES = FeatureSet(
    YesNo("yes", lambda row: row["answer"] > 0, uses=("answer",)),
    [
        Numeric("fare"),
        Integer("day", low=1, high=2, embedding=2),
        Integer("shift", low=1, high=2, embedding=2),
        Cyclic("hour"),
    ],
)
ROWS = {
    "fare_xf": np.array([[0.5], [-2.0]], dtype=np.float32),
    "day_xf": np.array([[0], [3]]),
    "shift_xf": np.array([[1], [2]]),
    "hour_xf_sin": np.array([[1.0], [0.0]], dtype=np.float32),
    "hour_xf_cos": np.array([[0.0], [-1.0]], dtype=np.float32),
}
INPUTS = join(FEATURES.outputs, ROWS)


def test_it_reads_the_outputs_of_the_list_and_returns_one_logit_for_each_row():
    network = build_network(FEATURES, TrainerSettings(hidden_units=(4, 3)), 1)
    assert {name: one.shape for name, one in network.input.items()} == {
        "numbers": (None, 3),
        "ids": (None, 2),
    }
    assert network.name == "yes"
    assert network(INPUTS).shape == (2, 1)
    assert [network.get_layer(f"deep_{depth}").units for depth in (0, 1)] == [4, 3]


def test_the_logit_is_the_linear_wide_side_plus_the_deep_side():
    network = build_network(FEATURES, TrainerSettings(hidden_units=(3,)), 1)
    generator = np.random.default_rng(3)
    network.set_weights([generator.normal(size=one.shape) for one in network.get_weights()])
    weights = {layer.name: layer.get_weights() for layer in network.layers}

    days, hours = ROWS["day_xf"][:, 0], ROWS["shift_xf"][:, 0] + 4
    id_weights, vectors = weights["id_weights"][0], weights["id_vectors_2"][0]
    wide = ROWS["fare_xf"] @ weights["wide"][0] + weights["wide"][1]
    wide += id_weights[days] + id_weights[hours]
    numbers = [ROWS["fare_xf"], ROWS["hour_xf_sin"], ROWS["hour_xf_cos"]]
    deep = np.concatenate([*numbers, vectors[days], vectors[hours]], axis=1)
    hidden = np.maximum(deep @ weights["deep_0"][0] + weights["deep_0"][1], 0.0)
    expected = wide + hidden @ weights["deep"][0] + weights["deep"][1]
    np.testing.assert_allclose(np.array(network(INPUTS)), expected, atol=1e-5)


def test_tensors_that_were_joined_come_apart_as_they_were():
    assert np.array(INPUTS["ids"]).tolist() == [[0, 1], [3, 2]]
    parts = part(FEATURES.outputs, INPUTS)
    assert {name: np.array(one).tolist() for name, one in parts.items()} == {
        name: one.tolist() for name, one in ROWS.items()
    }


@pytest.mark.parametrize("feature", [Cyclic("hour"), Integer("day", low=1, high=2, embedding=0)])
def test_a_list_that_feeds_one_side_only_makes_a_network_of_that_side(feature):
    network = build_network(FeatureSet(FEATURES.label, [feature]), TrainerSettings(), 1)
    assert network(join(feature.outputs, ROWS)).shape == (2, 1)


def test_weights_of_ids_start_at_zero_on_the_wide_side_and_apart_on_the_deep_side():
    network = build_network(FEATURES, TrainerSettings(hidden_units=(3,)), 1)
    assert network.get_layer("id_weights").get_weights()[0].tolist() == [[0.0]] * 8
    vectors = network.get_layer("id_vectors_2").get_weights()[0]
    assert len({tuple(vector) for vector in vectors.tolist()}) == 8


def test_dropout_changes_training_and_not_serving():
    network = build_network(FEATURES, TrainerSettings(hidden_units=(64,), dropout=0.5), 1)
    generator = np.random.default_rng(3)
    network.set_weights([generator.normal(size=one.shape) for one in network.get_weights()])
    serving = [np.array(network(INPUTS)).tolist() for _ in range(2)]
    training = [np.array(network(INPUTS, training=True)).tolist() for _ in range(2)]
    assert serving[0] == serving[1]
    assert training[0] != training[1]
