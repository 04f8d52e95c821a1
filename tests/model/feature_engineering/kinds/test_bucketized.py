import numpy as np
import pytest

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


def test_one_bucket_is_refused():
    with pytest.raises(FeatureError) as caught:
        Bucketized("latitude", buckets=1)
    assert str(caught.value) == (
        "bucketized feature 'latitude': buckets must be at least 2\n"
        "  received: 1\n"
        "  do:       correct this line of the feature list"
    )
