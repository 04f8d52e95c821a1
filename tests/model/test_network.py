import numpy as np

from model.feature_set import FeatureSet
from model.kinds import Cyclic, Integer, Numeric
from model.label import Label
from model.network import build_network
from model.settings import TrainerSettings

FEATURES = FeatureSet(
    Label("yes", lambda row: row["answer"] > 0, uses=("answer",)),
    [
        Numeric("fare"),
        Integer("day", low=1, high=2, embedding=2),
        Cyclic("hour"),
    ],
)
ROWS = {
    "fare_xf": np.array([[0.5], [-2.0]], dtype=np.float32),
    "day_xf": np.array([[0], [3]]),
    "hour_xf_sin": np.array([[1.0], [0.0]], dtype=np.float32),
    "hour_xf_cos": np.array([[0.0], [-1.0]], dtype=np.float32),
}


def test_it_reads_the_outputs_of_the_list_and_returns_one_logit_for_each_row():
    network = build_network(FEATURES, TrainerSettings(hidden_units=(4, 3)))
    assert set(network.input) == {"fare_xf", "day_xf", "hour_xf_sin", "hour_xf_cos"}
    assert network.name == "yes"
    assert network(ROWS).shape == (2, 1)
    assert [network.get_layer(f"deep_{depth}").units for depth in (0, 1)] == [4, 3]


def test_the_logit_is_the_linear_wide_side_plus_the_deep_side():
    network = build_network(FEATURES, TrainerSettings(hidden_units=(3,)))
    generator = np.random.default_rng(3)
    network.set_weights([generator.normal(size=one.shape) for one in network.get_weights()])
    weights = {layer.name: layer.get_weights() for layer in network.layers}

    days = ROWS["day_xf"][:, 0]
    wide = np.concatenate([ROWS["fare_xf"], weights["day_wide"][0][days]], axis=1)
    deep = np.concatenate(
        [
            ROWS["fare_xf"],
            weights["day_deep"][0][days],
            ROWS["hour_xf_sin"],
            ROWS["hour_xf_cos"],
        ],
        axis=1,
    )
    hidden = np.maximum(deep @ weights["deep_0"][0] + weights["deep_0"][1], 0.0)
    expected = wide @ weights["wide"][0] + weights["wide"][1] + hidden @ weights["deep"][0]
    np.testing.assert_allclose(np.array(network(ROWS)), expected, atol=1e-5)


def test_weights_of_ids_start_at_zero_on_the_wide_side_and_apart_on_the_deep_side():
    network = build_network(FEATURES, TrainerSettings(hidden_units=(3,)))
    assert network.get_layer("day_wide").get_weights()[0].tolist() == [[0.0]] * 4
    vectors = network.get_layer("day_deep").get_weights()[0]
    assert len({tuple(vector) for vector in vectors.tolist()}) == 4


def test_dropout_changes_training_and_not_serving():
    network = build_network(FEATURES, TrainerSettings(hidden_units=(64,), dropout=0.5))
    generator = np.random.default_rng(3)
    network.set_weights([generator.normal(size=one.shape) for one in network.get_weights()])
    serving = [np.array(network(ROWS)).tolist() for _ in range(2)]
    training = [np.array(network(ROWS, training=True)).tolist() for _ in range(2)]
    assert serving[0] == serving[1]
    assert training[0] != training[1]
