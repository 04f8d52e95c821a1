import unicodedata

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from thirty_rows import table

from model import Text
from model.feature_engineering.kinds.text import _without_accents
from zeroskew.errors import FeatureError

REVIEWS = [one or "" for one in table()["review"]]


def words_of(feature: Text, text: str) -> list[str]:
    (words,) = feature.prepare(tf.constant([text])).to_list()
    return [word.decode() for word in words]


def keras_layer(**options) -> keras.layers.TextVectorization:
    layer = keras.layers.TextVectorization(**options)
    layer.adapt(tf.constant(REVIEWS))
    return layer


def test_ids_are_those_of_keras(world):
    layer = keras_layer(max_tokens=7, ngrams=2, output_sequence_length=4)
    # Keras counts the ids for filling up and for unknown words as tokens.
    np.testing.assert_array_equal(
        world.transformed["review_ids_xf"], layer(tf.constant(REVIEWS)).numpy()
    )
    new = ["good news", "it it it it it it", "", "nothing known"]
    np.testing.assert_array_equal(
        world.apply(review=new)["review_ids_xf"], layer(tf.constant(new)).numpy()
    )


def test_tf_idf_is_that_of_keras(world):
    layer = keras_layer(max_tokens=11, output_mode="tf_idf")
    wanted = layer(tf.constant(REVIEWS)).numpy()
    bags = np.zeros((30, 13), np.float32)
    for row in range(30):
        for place, weight in zip(
            world.transformed["review_xf"][row],
            world.transformed["review_xf_weights"][row],
            strict=True,
        ):
            bags[row, place] += weight
    # Keras has no id for filling up in a bag.
    np.testing.assert_allclose(bags[:, 1 : 1 + wanted.shape[1]], wanted, rtol=1e-5)
    assert not bags[:, 0].any()


def test_characters_are_counted_by_hash_without_accents(world):
    transformed = world.apply(review=["éé e", "e\u0301ée", ""])
    ids, counts = transformed["letters_xf"], transformed["letters_xf_weights"]
    assert counts[0].tolist() == [3.0, 1.0] + [0.0] * 10
    assert counts[1].tolist() == [3.0] + [0.0] * 11
    assert ids[0][0] == ids[1][0] > 0
    assert not ids[2].any()


def test_a_missing_text_is_an_empty_one(world):
    transformed = world.apply(review=[None, "...", ""])
    assert not transformed["review_xf"].any()
    assert not transformed["review_xf_weights"].any()
    assert not world.transformed["no_words_xf"].any()


def test_a_long_text_keeps_its_first_different_words(world):
    long = "good " * 200_000 + "was"
    transformed = world.apply(review=[long, " ".join(f"w{place}" for place in range(50))])
    assert transformed["review_xf_weights"][0].astype(bool).tolist() == [True, True] + [False] * 4
    assert transformed["review_xf"][1].tolist() == [1, 0, 0, 0, 0, 0]


def test_bytes_that_are_no_utf_8_become_one_character():
    words = Text("review").prepare(tf.constant([b"caf\xe9 ole"])).to_list()
    assert words == [["caf\ufffd".encode(), b"ole"]]


def test_options_say_what_a_word_is():
    assert words_of(Text("t"), "Don't STOP: Äpfel!") == ["dont", "stop", "äpfel"]
    assert words_of(Text("t", lower=False, punctuation=True), "No. B!") == ["No.", "B!"]
    assert words_of(Text("t", split="characters"), "aß") == ["a", "ß"]
    assert words_of(Text("t", ngrams=3), "a b c") == ["a", "b", "c", "a b", "b c", "a b c"]
    assert words_of(Text("t", accents=False), "Ｃａｆé ﬁn İ") == ["cafe", "fin", "i"]


@settings(max_examples=60)
@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=8))
def test_without_accents_is_nfkd_without_marks(text: str) -> None:
    found = _without_accents(tf.constant([text])).numpy()[0].decode()
    wanted = "".join(
        one
        if "\uac00" <= one <= "\ud7a3"
        else "".join(
            part for part in unicodedata.normalize("NFKD", one) if not unicodedata.combining(part)
        )
        for one in text
    )
    assert found == wanted


def test_the_network_sums_by_share(encode):
    (ids,) = encode(Text("t", max_tokens=5, max_length=3, embedding=2)).ids
    assert (ids.size, ids.embedding, tuple(ids.shares.shape)) == (7, 2, (None, 3))


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"output": "bag"}, "output must be one of"),
        ({"split": "lines"}, "split must be one of"),
        ({"ngrams": 0}, "ngrams must be at least 1"),
        ({"max_tokens": 0}, "max_tokens must be at least 1"),
        ({"max_length": 1}, "max_length must be at least 2"),
        ({"hash_buckets": 9}, "tf_idf needs a vocabulary, not hash_buckets"),
        ({"output": "int", "hash_buckets": -1}, "hash_buckets must be at least 0"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, rule):
    with pytest.raises(FeatureError, match=rule):
        Text("review", **options)
