from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model import FeatureSet, Sequence, YesNo
from model.feature_engineering.canonical import to_canonical
from model.feature_engineering.columns import Column
from model.feature_engineering.kinds.sequence import POOLINGS
from model.feature_engineering.network_inputs import join
from model.settings import TrainerSettings
from model.training.network import build_network
from zeroskew.errors import FeatureError

ROWS = [[], [3], [1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11]]
"""Ids of events, from none to more than are kept."""


def inputs_of(feature: Sequence) -> dict[str, Any]:
    return {
        one.name: keras.Input((one.length,), name=one.name, dtype=one.dtype)
        for one in feature.outputs
    }


def vector_of(feature: Sequence) -> keras.Model:
    """Builds the model from a sequence's outputs to its vector, with weights drawn at random."""
    inputs = inputs_of(feature)
    made = keras.Model(inputs, feature.encode(inputs).wide[0])
    random = np.random.default_rng(3)
    made.set_weights([random.normal(0, 0.5, one.shape) for one in made.get_weights()])
    return made


def hashed(pooling: str, last: int = 4) -> Sequence:
    return Sequence("e", hash_buckets=12, pooling=pooling, width=3, embedding=2, last=last)


def outputs(feature: Sequence, rows: list[list[int]]) -> dict[str, Any]:
    """Computes a sequence's outputs without a run of Transform."""
    values = feature.read({"e": tf.ragged.constant(rows, tf.int64, ragged_rank=1)}, {})
    tensors = feature.transform(values, {})
    found = {one.name: np.array(x) for one, x in zip(feature.outputs, tensors, strict=True)}
    return {**found, "e_xf_length": found["e_xf_length"][:, np.newaxis]}


def test_the_newest_events_are_kept_and_stand_last(world):
    # a is the most frequent, then b, and c; d is out of vocabulary.
    transformed = world.apply(tags=[["a"], ["c", "a", "b", "d", "a"], [], None, ["new", "", "b"]])
    assert transformed["last_tags_xf"].tolist() == [
        [0, 0, 2],
        [3, 1, 2],
        [0, 0, 0],
        [0, 0, 0],
        [0, 1, 3],
    ]
    assert transformed["last_tags_xf_length"].tolist() == [1, 3, 0, 0, 2]


def test_lists_may_begin_with_the_newest_event(world):
    paid = [[0.5, 1.5, 2.5], [1.5]]
    (two, one) = world.apply(paid=paid)["first_paid_xf"]
    (turned, _) = world.apply(paid=[[2.5, 1.5, 0.5], [1.5]])["first_paid_xf"]
    assert two[0] == one[1] == turned[0]
    assert two[1] < two[0] < turned[1]
    assert one[0] == 0


def test_numbers_are_those_of_normalization_over_all_lists(world):
    layer = keras.layers.Normalization(axis=None)
    layer.adapt(np.concatenate(world.table["paid"]))
    paid = [[-1.0, 0.5], [1e30, 1.25]]
    received = world.apply(paid=paid)["first_paid_xf"][:, ::-1]
    expected = np.clip(np.asarray(layer(np.array(paid, np.float32))), -10, 10)
    np.testing.assert_allclose(received, expected, atol=1e-5)


def test_an_infinite_number_counts_as_the_mean(world):
    transformed = world.apply(paid=[[float("inf"), 0.5], [0.5]])
    assert transformed["first_paid_xf"][0, 1] == 0.0
    assert transformed["first_paid_xf"][0, 0] == transformed["first_paid_xf"][1, 1]


def test_nan_and_an_empty_word_are_no_events(world):
    row = {"paid": [[float("nan"), 0.5]], "tags": [["", "a"]]}
    columns = [world.columns[name] for name in row]
    canonical = to_canonical({name: tf.constant(one) for name, one in row.items()}, columns)
    assert {name: one.to_list() for name, one in canonical.items()} == {
        "paid": [[0.5]],
        "tags": [[b"a"]],
    }


def test_where_lists_differ_the_oldest_events_are_left_out_and_it_is_said(world):
    transformed = world.apply(
        viewed=[[0, 1, 2], [0, 1, 2], [0], [0]],
        tags=[["a", "b", "c"], ["c"], [], ["a"]],
        paid=[[0.5, 1.5, 2.5], [0.5, 1.5, 2.5], [0.5], [0.5]],
    )
    assert transformed["last_viewed_xf"].tolist() == [
        [0, 2, 3, 4],
        [0, 0, 0, 4],
        [0, 0, 0, 0],
        [0, 0, 0, 2],
    ]
    assert transformed["last_viewed_xf_of_tags"].tolist() == [
        [0, 2, 3, 4],
        [0, 0, 0, 4],
        [0, 0, 0, 0],
        [0, 0, 0, 2],
    ]
    paid = transformed["last_viewed_xf_of_paid"]
    assert paid[1].tolist() == [0, 0, 0, paid[0, 3]]
    assert transformed["last_viewed_xf_length"].tolist() == [3, 1, 0, 1]
    assert transformed["last_viewed_xf_unequal"].tolist() == [0, 1, 1, 0]


def test_both_sides_get_the_vector_how_full_it_is_and_whether_it_is_empty():
    feature = hashed("gru")
    found = outputs(feature, ROWS)
    tensors = inputs_of(feature)
    encoding = feature.encode(tensors)
    assert encoding.deep == encoding.wide
    vector, full, empty = keras.Model(tensors, encoding.wide)(found)
    assert vector.shape == (4, 3)
    assert np.asarray(full)[:, 0].tolist() == [0.0, 0.25, 1.0, 1.0]
    assert np.asarray(empty)[:, 0].tolist() == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_no_event_becomes_zeros(pooling):
    vectors = np.asarray(vector_of(hashed(pooling))(outputs(hashed(pooling), ROWS)))
    assert vectors[0].tolist() == [0.0] * vectors.shape[1]
    assert np.isfinite(vectors).all()
    assert (np.abs(vectors[1:]).max(axis=1) > 0.01).all()


def test_a_mean_is_that_of_the_events_vectors():
    feature = hashed("mean")
    model, found = vector_of(feature), outputs(hashed("mean"), ROWS)
    table = model.get_layer("e_xf_vectors").get_weights()[0]
    expected = [table[row[row > 0]].mean(axis=0) for row in found["e_xf"][1:]]
    np.testing.assert_allclose(np.asarray(model(found))[1:], expected, rtol=1e-5)


def test_a_gru_is_that_of_keras_over_the_events_alone():
    feature = hashed("gru")
    model, found = vector_of(feature), outputs(feature, ROWS)
    table = model.get_layer("e_xf_vectors").get_weights()[0]
    layer = keras.layers.GRU(3)
    layer.build((None, None, 2))
    layer.set_weights(model.get_layer("e_xf_gru").get_weights())
    vectors = np.asarray(model(found))
    for vector, row in zip(vectors[1:], found["e_xf"][1:], strict=True):
        np.testing.assert_allclose(vector, np.asarray(layer(table[row[row > 0]][None]))[0], 1e-4)


@pytest.fixture(scope="module")
def models() -> dict[tuple[str, int], keras.Model]:
    """Models of the same weights, but for the number of events that they take."""
    found = {}
    for pooling in POOLINGS:
        narrow, wide = vector_of(hashed(pooling)), vector_of(hashed(pooling, 7))
        weights = wide.get_weights()
        for one, other in zip(narrow.get_weights(), weights, strict=True):
            # Learned positions of the events that both take are the last ones.
            other[-len(one) :] = one
        wide.set_weights(weights)
        found |= {(pooling, 4): narrow, (pooling, 7): wide}
    return found


events = st.lists(st.integers(0, 50), max_size=4)


@settings(max_examples=8, deadline=None)
@given(events, st.lists(st.lists(st.integers(0, 50), max_size=9), max_size=3))
def test_neither_more_room_nor_other_rows_change_a_vector(models, row, others):
    for pooling in POOLINGS:
        alone = models[pooling, 4](outputs(hashed(pooling), [row]))
        among = models[pooling, 7](outputs(hashed(pooling, 7), [row, *others]))
        np.testing.assert_allclose(np.asarray(among)[0], np.asarray(alone)[0], atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=4, max_size=9), st.lists(st.integers(0, 50)))
def test_only_the_last_events_count(row, older):
    whole, end = (outputs(hashed("gru"), [one]) for one in ([*older, *row], row))
    assert {name: one.tolist() for name, one in whole.items()} == {
        name: one.tolist() for name, one in end.items()
    }


def area_under_curve(labels: np.ndarray, scores: np.ndarray) -> float:
    yes, no = scores[labels == 1], scores[labels == 0]
    return float(np.mean(yes[:, np.newaxis] > no) + np.mean(yes[:, np.newaxis] == no) / 2)


def first_of_two(rows: int, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Draws sequences that all have events 2 and 3, and says which of these came first."""
    random = np.random.default_rng(seed)
    lengths = random.integers(2, 7, (rows, 1))
    ids, labels = np.zeros((rows, 6), np.int64), np.zeros(rows)
    for row, length in enumerate(lengths[:, 0]):
        events = random.permutation([2, 3, *random.integers(4, 8, length - 2)])
        ids[row, -length:] = events
        labels[row] = events.tolist().index(2) < events.tolist().index(3)
    return {"e_xf": ids, "e_xf_length": lengths}, labels


@pytest.mark.parametrize(("pooling", "learns"), [("attention", 1), ("gru", 1), ("mean", 0)])
def test_order_is_learned_but_from_a_mean(pooling, learns):
    keras.utils.set_random_seed(1)
    feature = Sequence("e", last=6, max_tokens=6, pooling=pooling, embedding=8, width=16)
    features = FeatureSet(YesNo("first", positive=1), [feature])
    network = build_network(features, TrainerSettings(hidden_units=(16,)), 1)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(1e-2), loss, jit_compile=False)
    (rows, labels), (new, expected) = first_of_two(1500, 1), first_of_two(1000, 2)
    network.fit(join(features.outputs, rows), labels, batch_size=100, epochs=3, verbose=0)
    scores = np.asarray(network(join(features.outputs, new)))[:, 0]
    area = area_under_curve(expected, scores)
    assert area > 0.9 if learns else 0.4 < area < 0.6


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_model_is_saved_and_read_again(pooling, tmp_path):
    feature = hashed(pooling)
    model, found = vector_of(feature), outputs(feature, ROWS)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert np.asarray(again(found)).tolist() == np.asarray(model(found)).tolist()


def test_an_automatic_embedding_goes_by_the_number_of_ids():
    feature = Sequence("e", max_tokens=98, embedding="auto", pooling="mean")
    assert vector_of(feature).output.shape == (None, 21)


COLUMNS = {
    "areas": Column("areas", "INT", None),
    "fares": Column("fares", "FLOAT", None),
    "words": Column("words", "BYTES", None),
    "one": Column("one", "INT"),
}


def test_columns_of_numbers_are_named():
    Sequence("areas", categories=("words",), numbers=("fares",)).check(COLUMNS)
    Sequence("fares", numbers=("fares", "areas")).check(COLUMNS)
    with pytest.raises(FeatureError) as caught:
        Sequence("areas", name="trips", categories=("fares",)).check(COLUMNS)
    assert str(caught.value) == (
        "the sequence feature 'trips' reads numbers of the columns that `numbers` names, and "
        "categories of the others\n"
        "  allowed:  a column of type INT or BYTES\n"
        "  received: 'fares', which is FLOAT\n"
        "  do:       name it in `numbers`, and not in `categories`"
    )
    with pytest.raises(FeatureError) as caught:
        Sequence("areas", numbers=("words",)).check(COLUMNS)
    assert caught.value.allowed == "a column of type FLOAT or INT"
    assert caught.value.action == "take it out of `numbers`"


def test_a_column_of_one_value_is_refused():
    with pytest.raises(FeatureError, match="reads columns whose rows hold a list of values"):
        Sequence("areas", categories=("one",)).check(COLUMNS)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"pooling": "max"}, "pooling must be one of ('attention', 'gru', 'mean')"),
        ({"last": 1}, "last must be at least 2"),
        ({"embedding": 0}, "embedding must be at least 1"),
        ({"width": 0}, "width must be at least 1"),
        ({"categories": ("e",)}, "categories and numbers name each column once"),
        ({"categories": ("a",), "numbers": ("a",)}, "categories and numbers name each column once"),
    ],
)
def test_what_makes_no_sense_is_refused(options, rule):
    with pytest.raises(FeatureError) as caught:
        Sequence("e", **options)
    assert caught.value.rule == f"sequence feature 'e': {rule}"
