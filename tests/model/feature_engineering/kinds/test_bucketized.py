import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from model import Bucketized
from zeroskew.errors import FeatureError


def test_buckets_hold_equally_many_rows_in_the_order_of_the_number(world):
    latitude = world.values("latitude")
    present = ~np.isnan(latitude)
    ids = world.transformed["latitude_xf"][present]
    assert np.all(np.diff(ids[np.argsort(latitude[present])]) >= 0)
    assert sorted(np.bincount(ids).tolist()) == [7, 7, 7, 8]


def test_a_missing_number_has_a_bucket_of_its_own(world):
    assert np.flatnonzero(world.transformed["latitude_xf"] == 4).tolist() == [8]


def test_numbers_beyond_the_train_split_fall_into_the_outer_buckets(world):
    assert world.apply(latitude=[-1e30, 1e30, None])["latitude_xf"].tolist() == [0, 3, 4]


def test_an_expression_is_bucketized_like_a_column(world):
    ids = world.transformed["miles_bucket_xf"]
    assert np.flatnonzero(ids == 4).tolist() == [5, 6]
    assert ids[np.argsort(world.values("miles"))][[0, -3]].tolist() == [0, 3]


def test_a_column_without_any_value_lies_in_the_missing_bucket(world):
    assert world.transformed["nothing_bucket_xf"].tolist() == [4] * 30


def test_the_network_looks_each_bucket_up(encode):
    (ids,) = encode(Bucketized("latitude", buckets=2, embedding=2)).ids
    assert (ids.tensor.name, ids.size, ids.embedding) == ("latitude_xf", 3, 2)


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=5, unique=True).map(sorted),
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=9),
)
def test_given_edges_make_the_ids_of_keras_discretization(edges, numbers):
    numbers = np.array([*numbers, *edges, -3e38, 3e38], np.float32)
    (ids,) = Bucketized("miles", edges=edges).transform(tf.constant(numbers[:, np.newaxis]), {})
    expected = keras.layers.Discretization(bin_boundaries=edges)(numbers)
    assert ids.numpy()[:, 0].tolist() == np.asarray(expected).tolist()


def test_given_edges_bucket_the_rows_and_a_missing_number_comes_last(world):
    miles = world.values("miles")
    expected = np.where(np.isnan(miles), 4, np.digitize(miles, [3.0, 10.0, 20.0]))
    assert world.transformed["miles_xf"].tolist() == expected.tolist()
    assert world.apply(miles=[3.0, 2.99, 1e30, None])["miles_xf"].tolist() == [1, 0, 3, 4]


@pytest.mark.parametrize("edges", [(), (1.0, 1.0), (2.0, 1.0), (0.0, float("nan"))])
def test_edges_without_an_order_are_refused(edges):
    with pytest.raises(FeatureError, match="edges must be numbers, each greater than the one"):
        Bucketized("miles", edges=edges)


def test_edges_say_how_many_buckets_there_are():
    assert Bucketized("miles", edges=[1, 2]).buckets == 3
    with pytest.raises(FeatureError, match="edges make 3 buckets"):
        Bucketized("miles", edges=(1, 2), buckets=4)


def test_one_bucket_is_refused():
    with pytest.raises(FeatureError) as caught:
        Bucketized("latitude", buckets=1)
    assert str(caught.value) == (
        "bucketized feature 'latitude': buckets must be at least 2\n"
        "  received: 1\n"
        "  do:       correct this line of the feature list"
    )
