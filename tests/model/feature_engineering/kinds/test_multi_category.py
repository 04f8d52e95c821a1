from collections import Counter

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model import MultiCategory
from model.feature_engineering.columns import Column
from model.feature_engineering.kinds.tokens import count_in_rows
from zeroskew.errors import FeatureError


def test_the_most_frequent_values_have_the_first_ids(world):
    # a occurs 37 times, b 19, c 14, d 4.
    values = [one for row in world.table["tags"] for one in row]
    assert [value for value, _ in Counter(values).most_common()] == ["a", "b", "c", "d"]
    transformed = world.apply(tags=[["a"], ["d", "b"], [], None, ["new", "d", "c"]])
    assert transformed["tags_xf"].tolist() == [
        [2, 0, 0, 0],
        [1, 3, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [1, 4, 0, 0],
    ]
    assert transformed["tags_xf_weights"].tolist() == [
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [1, 1, 0, 0],
    ]


def test_counts_are_of_each_row_and_the_first_values_are_kept(world):
    transformed = world.apply(tags=[["b", "a", "b", "b"], ["c", "b", "a"]])
    assert transformed["tag_counts_xf"].tolist() == [[3, 2], [4, 3]]
    assert transformed["tag_counts_xf_weights"].tolist() == [[3, 1], [1, 1]]


def test_integers_are_values_too(world):
    # 0 occurs in 23 rows, 1 in 15, 2 in 7.
    transformed = world.apply(viewed=[[1, 0, 2, 0], [7], None])
    assert transformed["viewed_xf"].tolist() == [[3, 2, 4], [1, 0, 0], [0, 0, 0]]


lists = st.lists(st.lists(st.integers(0, 6), max_size=8), min_size=1, max_size=6)


@settings(max_examples=60)
@given(lists)
def test_counts_in_rows_are_pythons(rows: list[list[int]]) -> None:
    ids = tf.ragged.constant(rows, tf.int64, ragged_rank=1)
    distinct, counts = count_in_rows(ids, 7)
    wanted = [Counter(row) for row in rows]
    assert distinct.to_list() == [list(one) for one in wanted]
    assert counts.to_list() == [list(one.values()) for one in wanted]


def test_a_column_of_one_value_is_refused():
    feature = MultiCategory("tags")
    feature.check({"tags": Column("tags", "BYTES", None)})
    with pytest.raises(FeatureError) as caught:
        feature.check({"tags": Column("tags", "BYTES")})
    assert str(caught.value) == (
        "the multi_category feature 'tags' reads columns whose rows hold a list of values\n"
        "  received: 'tags', which holds one value, by value_count in the schema\n"
        "  do:       use MultiCategory or Sequence for lists and Vector for vectors, or correct "
        "the schema"
    )


def test_the_mean_of_ids_leaves_out_what_fills_up(encode, world):
    import keras

    feature = MultiCategory("viewed", output="int", max_length=3, embedding=2)
    tensor = keras.Input((3,), name="viewed_xf", dtype="int64")
    (ids,) = feature.encode({"viewed_xf": tensor}).ids
    shares = keras.Model(tensor, ids.shares)(np.array([[2, 3, 0], [0, 0, 0]]))
    np.testing.assert_allclose(shares, [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]])
