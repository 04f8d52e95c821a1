import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from model.feature_engineering.given_ranks import GivenRanks

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@given(st.lists(WORDS, min_size=1, max_size=8, unique=True), st.lists(WORDS, max_size=6))
def test_a_text_has_its_place_in_the_list_and_another_none(given_texts, others):
    asked = [*given_texts, *others]
    ranks = GivenRanks(given_texts).of(tf.constant(asked))
    expected = [given_texts.index(one) if one in given_texts else -1 for one in asked]
    assert ranks.numpy().tolist() == expected


def test_texts_of_any_shape_keep_it():
    ranks = GivenRanks(("a", "b"))
    assert ranks.of(tf.constant([["b", "a"], ["x", "b"]])).numpy().tolist() == [[1, 0], [-1, 1]]
    assert ranks.of(tf.zeros([0, 3], tf.string)).shape == (0, 3)
    assert ranks.sizes == 2
