import pytest
import tensorflow as tf

from model import Integer
from model.feature_engineering.columns import MISSING_INT
from model.feature_engineering.together import transform_together
from zeroskew.errors import FeatureError


def test_each_month_has_its_own_id_and_december_is_one_of_them(world):
    months = list(range(1, 13))
    assert world.apply(month=months)["month_xf"].tolist() == list(range(12))
    assert world.transformed["month_xf"][11] == 11


def test_values_out_of_bounds_share_an_id_that_no_month_has(world):
    ids = world.apply(month=[0, 13, -1, 2**62, -(2**62), MISSING_INT + 1])["month_xf"]
    assert ids.tolist() == [12] * 6
    assert world.transformed["month_xf"][[27, 28]].tolist() == [12, 12]


def test_a_missing_value_has_the_last_id(world):
    assert world.transformed["month_xf"][4] == 13
    assert Integer("month", low=1, high=12).size == 14


def test_bounds_inside_the_data_send_the_rest_out_of_bounds(world):
    ids = world.apply(month=[2, 3, 4, 5, 6, None])["spring_xf"]
    assert ids.tolist() == [3, 0, 1, 2, 3, 4]


def test_whole_numbers_of_a_float_column_are_read_as_integers():
    row = {"month": tf.constant([1.0, 12.0, 13.0, float("nan")])}
    ids = transform_together([Integer("month", low=1, high=12)], row, {}, ())[0]["month_xf"]
    assert ids.numpy().tolist() == [0, 11, 12, 13]


def test_the_network_looks_each_id_up(encode):
    (ids,) = encode(Integer("day", low=1, high=2, embedding=2)).ids
    assert (ids.tensor.name, ids.size, ids.embedding) == ("day_xf", 4, 2)


def test_bounds_in_the_wrong_order_are_refused():
    with pytest.raises(FeatureError) as caught:
        Integer("month", low=12, high=1)
    assert str(caught.value) == (
        "integer feature 'month': low must be smaller than high\n"
        "  received: (12, 1)\n"
        "  do:       correct this line of the feature list"
    )
