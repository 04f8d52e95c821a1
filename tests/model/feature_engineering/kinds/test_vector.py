import numpy as np
import pytest
import tensorflow as tf

from model import FeatureSet, Vector, YesNo
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.vector_versions import VectorVersion
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
        "version_column": "",
        "normalized": True,
    }
    with pytest.raises(FeatureError, match="dimension must be at least 2"):
        Vector("v", dimension=1)


def versioned(version: str = "2") -> Vector:
    return Vector("v", dimension=2, version=version, version_column="by")


def test_the_column_of_its_version_is_one_it_reads():
    feature = versioned()
    assert feature.sources == ("v", "by")
    assert feature.lengths == {"v": 2, "by": 1}
    features = FeatureSet(YesNo("big", lambda row: row["fare"] > 5, uses=("fare",)), [feature])
    assert features.lengths == {"v": 2, "by": 1}
    assert features.vector_versions == [VectorVersion("v", "by", "2")]


@pytest.mark.parametrize("said", [["2", "1"], ["2", ""], [2, 1], [2, MISSING_INT]])
def test_a_vector_of_another_version_is_refused_and_a_missing_one_has_none(said):
    nan = float("nan")
    versions = tf.constant(said, tf.string if isinstance(said[0], str) else tf.int64)
    vectors = [[1.0, 2.0], [nan, nan]]
    read = versioned().read({"v": tf.constant(vectors), "by": versions}, {})
    np.testing.assert_array_equal(read, vectors)
    with pytest.raises(tf.errors.InvalidArgumentError, match="of version '2'; received"):
        versioned().read({"v": tf.ones((2, 2)), "by": versions}, {})


@pytest.mark.parametrize(
    ("column", "version", "rule"),
    [
        (Column("by", "FLOAT"), "2", "version_column holds one text or whole number in each row"),
        (Column("by", "BYTES", None), "2", "version_column holds one text or whole number"),
        (Column("by", "INT"), "v2", "version is a whole number, as 'by' holds"),
        (Column("by", "INT"), "02", "version is a whole number, as 'by' holds"),
    ],
)
def test_a_column_that_cannot_say_the_version_is_refused(column, version, rule):
    vectors = Column("v", "FLOAT", 2)
    versioned().check({"v": vectors, "by": Column("by", "BYTES")})
    with pytest.raises(FeatureError, match=rule):
        versioned(version).check({"v": vectors, "by": column})


def test_a_version_column_needs_a_version_and_says_one_alone():
    with pytest.raises(FeatureError, match="version_column needs a version"):
        versioned("")
    with pytest.raises(FeatureError, match="another column than the vector's"):
        Vector("v", dimension=2, version="2", version_column="v")
    label = YesNo("big", lambda row: row["fare"] > 5, uses=("fare",))
    other = Vector("w", dimension=2, version="3", version_column="by")
    with pytest.raises(FeatureError) as caught:
        FeatureSet(label, [versioned(), other])
    assert caught.value.received == "'by', of which vectors take '2' and '3'"
