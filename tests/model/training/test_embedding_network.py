import numpy as np
import pytest

from model import Embedding, FeatureSet, Hashed, Integer, Numeric, Vector, YesNo
from model.feature_engineering.network_inputs import join
from model.settings import TrainerSettings
from model.training.embedding_network import embedding_network
from model.training.network import Wired, wire
from zeroskew.errors import FeatureError

FEATURES = FeatureSet(
    YesNo("yes", lambda row: row["answer"] > 0, uses=("answer",)),
    [
        Numeric("fare"),
        Integer("day", low=1, high=2, embedding=2),
        Integer("shift", low=1, high=2, embedding=2),
        Integer("month", low=1, high=2, embedding=3),
        Hashed("company", hash_buckets=4, embedding=0),
        Vector("picture", dimension=2),
    ],
)
ROWS = {
    "fare_xf": np.array([[0.5], [-2.0]], np.float32),
    "day_xf": np.array([[0], [3]]),
    "shift_xf": np.array([[1], [2]]),
    "month_xf": np.array([[1], [0]]),
    "company_xf": np.array([[1], [0]]),
    "picture_xf": np.array([[3.0, 4.0], [0.0, 0.0]], np.float32),
    "picture_xf_missing": np.array([[0.0], [1.0]], np.float32),
}
INPUTS = join(FEATURES.outputs, ROWS)


def wired(seed: int = 3, **settings: object) -> Wired:
    found = wire(FEATURES, TrainerSettings(hidden_units=(4, 3)).model_copy(update=settings), 1)
    generator = np.random.default_rng(seed)
    network = found.network
    network.set_weights([generator.normal(size=one.shape) for one in network.get_weights()])
    return found


def vectors(embedding: Embedding, *some: Wired) -> np.ndarray:
    return np.array(embedding_network(embedding, some)(INPUTS))


def rows_of(found: Wired, layer: str, ids: np.ndarray) -> np.ndarray:
    return found.network.get_layer(layer).get_weights()[0][ids]


def test_it_is_the_learned_vectors_of_the_features_it_is_made_of_in_its_order():
    found = wired()
    shift = rows_of(found, "id_vectors_2", ROWS["shift_xf"][:, 0] + 4)
    month = rows_of(found, "id_vectors_3", ROWS["month_xf"][:, 0])
    of = Embedding(("month", "shift"), normalized=False)
    np.testing.assert_array_equal(vectors(of, found), np.hstack([month, shift]))


def test_a_vector_stands_without_the_word_that_it_is_missing():
    of = Embedding("picture", normalized=False)
    np.testing.assert_array_equal(vectors(of, wired()), ROWS["picture_xf"])


def test_it_has_length_one_and_none_stays_none():
    found = vectors(Embedding("picture"), wired())
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.0, 0.0]], atol=1e-6)


def test_without_a_feature_it_is_the_last_hidden_layer():
    found = wired(dropout=0.5)
    weights = {layer.name: layer.get_weights() for layer in found.network.layers}
    parts = [ROWS["fare_xf"], ROWS["picture_xf"], ROWS["picture_xf_missing"]]
    parts += [
        rows_of(found, "id_vectors_2", ROWS[name][:, 0] + start)
        for name, start in (("day_xf", 0), ("shift_xf", 4))
    ]
    hidden = np.hstack([*parts, rows_of(found, "id_vectors_3", ROWS["month_xf"][:, 0])])
    for name in ("deep_0", "deep_1"):
        hidden = np.maximum(hidden @ weights[name][0] + weights[name][1], 0.0)
    np.testing.assert_allclose(
        vectors(Embedding(normalized=False), found), hidden, rtol=1e-5, atol=1e-6
    )


def test_several_networks_put_what_they_have_learned_side_by_side():
    some = [wired(seed) for seed in (3, 4)]
    of = Embedding(("day", "fare"), normalized=False)
    np.testing.assert_array_equal(vectors(of, *some), np.hstack([vectors(of, one) for one in some]))


def test_several_networks_give_what_nothing_is_learned_for_once():
    some = [wired(seed) for seed in (3, 4)]
    np.testing.assert_array_equal(
        vectors(Embedding(("fare",), normalized=False), *some), ROWS["fare_xf"]
    )


def test_a_feature_without_a_vector_is_refused():
    with pytest.raises(FeatureError) as error:
        vectors(Embedding("company"), wired())
    assert "an embedding is made of features that have vectors" in str(error.value)
    assert "allowed: fare, day, shift, month, picture" in " ".join(str(error.value).split())
    assert "'company'" in str(error.value)


def test_a_network_without_a_deep_side_has_no_hidden_layer():
    features = FeatureSet(FEATURES.label, [Hashed("company", hash_buckets=4, embedding=0)])
    found = wire(features, TrainerSettings(), 1)
    with pytest.raises(FeatureError, match="last hidden layer"):
        embedding_network(Embedding(), [found])
