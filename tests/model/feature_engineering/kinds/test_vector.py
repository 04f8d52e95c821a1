import numpy as np
import pytest
import tensorflow as tf

from model import Vector
from model.feature_engineering.columns import Column
from zeroskew.errors import FeatureError


def test_a_vector_keeps_its_direction_and_gets_the_length_of_the_others(world):
    transformed = world.apply(vector=[[3.0, 4.0, 0.0], None, [1e30, 0.0, 0.0], [0.0, 0.0, 0.0]])
    root = np.sqrt(3)
    np.testing.assert_allclose(
        transformed["vector_xf"],
        [[0.6 * root, 0.8 * root, 0], [0, 0, 0], [root, 0, 0], [0, 0, 0]],
        rtol=1e-6,
    )
    assert transformed["vector_xf_missing"].tolist() == [0, 1, 0, 0]
    assert transformed["vector_as_it_is_xf"][0].tolist() == [3.0, 4.0, 0.0]


@pytest.mark.parametrize(
    "vector", [[1.0, 2.0], [1.0, 2.0, 3.0, 4.0], [1.0, float("nan"), 3.0], [1.0, 2.0, float("inf")]]
)
def test_another_length_or_a_number_that_is_none_is_refused(world, saved_model, vector):
    examples = world.examples(vector=[[1.0, 2.0, 3.0], vector], fare=[5.0, 5.0])
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        saved_model.call("serving_default", {"examples": examples.numpy()})
    message = str(caught.value).replace("\\'", "'")
    assert "the column 'vector' takes vectors of 3 finite numbers" in message


def test_a_schema_of_another_length_is_refused():
    feature = Vector("v", dimension=3)
    feature.check({"v": Column("v", "FLOAT", 3)})
    with pytest.raises(FeatureError) as caught:
        feature.check({"v": Column("v", "FLOAT", 4)})
    assert caught.value.rule == (
        "the vector feature 'v' reads columns whose rows hold a vector of 3 numbers"
    )
    assert caught.value.received == (
        "'v', which holds a vector of 4 numbers, by value_count in the schema"
    )


def test_both_sides_get_the_numbers(encode):
    encoding = encode(Vector("v", dimension=4))
    assert [tuple(one.shape) for one in encoding.wide] == [(None, 4), (None, 1)]
    assert encoding.deep == encoding.wide


def test_where_it_comes_from_is_part_of_it():
    feature = Vector("v", dimension=8, provider="acme", model="embed", version="2")
    assert feature.to_dict() == {
        "kind": "vector",
        "column": "v",
        "name": "v",
        "dimension": 8,
        "provider": "acme",
        "model": "embed",
        "version": "2",
        "normalized": True,
    }
    with pytest.raises(FeatureError, match="dimension must be at least 2"):
        Vector("v", dimension=1)
