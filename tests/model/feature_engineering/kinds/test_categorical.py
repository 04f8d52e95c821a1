import keras
import numpy as np
import pytest
import tensorflow as tf

from model import Categorical
from model.feature_engineering.columns import Column
from model.feature_engineering.together import transform_together
from zeroskew.errors import FeatureError


def ids_of(world, output: str, column: str) -> dict[object, set[int]]:
    """The ids that each raw value got."""
    found: dict[object, set[int]] = {}
    for value, one in zip(world.table[column], world.transformed[output].tolist(), strict=True):
        found.setdefault(value, set()).add(one)
    return found


def test_the_most_frequent_value_has_id_0_the_next_id_1(world):
    ids = ids_of(world, "company_xf", "company")
    assert ids["Blue"] == {0}
    assert ids["Red"] == {1}


def test_values_beyond_max_tokens_share_the_oov_ids(world):
    ids = ids_of(world, "company_xf", "company")
    rare = set().union(*(ids[name] for name in ("Ada", "Bob", "Cyd", "Dov", "Eve")))
    assert rare == {2, 3, 4}
    assert all(len(ids[name]) == 1 for name in ("Ada", "Bob", "Cyd", "Dov", "Eve"))


def test_a_missing_value_has_the_last_id(world):
    ids = ids_of(world, "company_xf", "company")
    assert ids[None] == {5}
    assert Categorical("company", max_tokens=2, oov_buckets=3).size == 6


def test_a_word_never_seen_is_out_of_vocabulary(world):
    ids = world.apply(company=["Blue", "never seen", "", "Red"])["company_xf"].tolist()
    assert [ids[0], ids[2], ids[3]] == [0, 5, 1]
    assert ids[1] in {2, 3, 4}


def test_integers_are_ranked_like_words_and_kept_from_min_frequency_on(world):
    ids = ids_of(world, "tract_category_xf", "tract")
    assert {value: ids.pop(value) for value in (17031, 17032, 17033, None)} == {
        17031: {0},
        17032: {1},
        17033: {2},
        None: {21},
    }
    assert ids == {value: {3} for value in range(19)}


def test_a_column_without_any_value_has_the_missing_id_and_unseen_words_another(world):
    assert world.transformed["nothing_text_xf"].tolist() == [101] * 30
    assert world.apply(nothing_text=["word", None])["nothing_text_xf"].tolist() == [0, 101]


def test_a_given_vocabulary_has_the_ids_in_its_order(world):
    ids = world.apply(company=["Red", "Blue", "red", "never seen", None])["known_company_xf"]
    assert ids.tolist() == [0, 1, 2, 2, 0]  # The last one by its default.
    tracts = world.apply(tract=[17032, 17031, 5, None])["known_tract_xf"].tolist()
    assert tracts[:2] + tracts[3:] == [0, 1, 4]
    assert tracts[2] in (2, 3)


def test_a_given_vocabulary_has_the_ids_of_keras_string_lookup_which_starts_at_1():
    words = ["b", "a", "größe", "☃"]
    asked = [*words, "unknown", "A", "b "]
    feature = Categorical("word", vocabulary=words)
    (ids,) = feature.transform(tf.constant(asked)[:, tf.newaxis], {})
    lookup = keras.layers.StringLookup(vocabulary=words)(tf.constant(asked)).numpy()
    expected = np.where(lookup == 0, len(words), lookup - 1)
    assert ids.numpy()[:, 0].tolist() == expected.tolist()


def test_a_given_vocabulary_of_integers_has_the_ids_of_keras_integer_lookup():
    numbers = [7, -3, 2**40]
    asked = [*numbers, 0, 8]
    feature = Categorical("number", vocabulary=numbers)
    read = feature.read({"number": tf.constant(asked, tf.int64)}, {})
    (ids,) = feature.transform(read[:, tf.newaxis], {})
    lookup = keras.layers.IntegerLookup(vocabulary=numbers)(np.array(asked)).numpy()
    assert ids.numpy()[:, 0].tolist() == np.where(lookup == 0, 3, lookup - 1).tolist()


def test_features_of_one_given_vocabulary_are_one_matrix():
    texts = {"one": tf.constant(["a", "b"]), "two": tf.constant(["b", "c"])}
    features = [Categorical(name, vocabulary=("a", "b")) for name in texts]
    outputs = transform_together(features, texts, {}, ())[0]
    assert {name: one.numpy().tolist() for name, one in outputs.items()} == {
        "one_xf": [0, 1],
        "two_xf": [1, 2],
    }


@pytest.mark.parametrize(
    ("type_", "vocabulary", "allowed"),
    [("INT", ("1", "2"), "a whole number"), ("BYTES", (1, 2), "a text")],
)
def test_a_vocabulary_that_the_column_cannot_hold_is_refused(type_, vocabulary, allowed):
    feature = Categorical("size", vocabulary=vocabulary)
    with pytest.raises(FeatureError) as caught:
        feature.check({"size": Column("size", type_)})
    assert str(caught.value) == (
        "the categorical feature 'size': vocabulary holds what the column 'size' could hold\n"
        f"  allowed:  {allowed}\n"
        f"  received: {vocabulary[0]!r}\n"
        "  do:       correct this line of the feature list"
    )


@pytest.mark.parametrize("vocabulary", [(), ("a", "a"), ("a", "")])
def test_a_vocabulary_without_different_values_is_refused(vocabulary):
    with pytest.raises(FeatureError, match="vocabulary must name different values"):
        Categorical("size", vocabulary=vocabulary)


def test_a_given_vocabulary_has_no_min_frequency():
    with pytest.raises(FeatureError, match="a given vocabulary has no min_frequency"):
        Categorical("size", vocabulary=("a",), min_frequency=2)


def test_every_id_fits_into_the_size_that_the_network_is_built_for(world):
    for feature in world.features.features:
        for output in feature.outputs:
            if output.size is not None:
                ids = world.transformed[output.name]
                assert ids.min() >= 0
                assert ids.max() < output.size


def test_the_network_looks_each_id_up(encode):
    (ids,) = encode(Categorical("company", max_tokens=1, embedding=3)).ids
    assert (ids.tensor.name, ids.size, ids.embedding) == ("company_xf", 3, 3)


def test_embedding_0_is_passed_on_to_the_network(encode):
    (ids,) = encode(Categorical("company", max_tokens=1, embedding=0)).ids
    assert (ids.size, ids.embedding) == (3, 0)


@pytest.mark.parametrize(
    ("arguments", "rule", "received"),
    [
        ({"max_tokens": 0}, "max_tokens must be at least 1", 0),
        ({"oov_buckets": 0}, "oov_buckets must be at least 1", 0),
        ({"min_frequency": 0}, "min_frequency must be at least 1", 0),
        ({"embedding": -1}, "embedding must be at least 0", -1),
    ],
)
def test_a_wrong_argument_is_refused_with_the_rule(arguments, rule, received):
    with pytest.raises(FeatureError) as caught:
        Categorical("company", **arguments)
    assert str(caught.value) == (
        f"categorical feature 'company': {rule}\n"
        f"  received: {received}\n"
        "  do:       correct this line of the feature list"
    )
