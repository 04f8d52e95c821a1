import dataclasses

import pytest

from model import Bucketized, Categorical, Crossed, Hashed, MultiCategory, Numeric
from model.feature_engineering.kinds import Output
from model.feature_engineering.kinds.embedding import embedding_width
from zeroskew.errors import FeatureError


def test_a_feature_is_named_after_its_column_unless_it_is_given_a_name():
    assert (Numeric("fare").name, Numeric("fare").key) == ("fare", "fare_xf")
    renamed = Numeric("fare", name="price")
    assert (renamed.name, renamed.key, renamed.sources) == ("price", "price_xf", ("fare",))


def test_an_output_without_a_size_is_a_number_and_one_with_a_size_an_id():
    assert Output("fare_xf").dtype == "float32"
    assert Output("month_xf", 14).dtype == "int64"


def test_a_feature_becomes_plain_values_with_its_expression_left_out():
    feature = Bucketized("cents", value=lambda row: row["fare"] % 1.0, uses=("fare",), buckets=20)
    assert feature.to_dict() == {
        "kind": "bucketized",
        "column": "cents",
        "name": "cents",
        "value": "<value>",
        "uses": ("fare",),
        "embedding": 8,
        "buckets": 20,
        "default": None,
        "edges": None,
    }


def test_a_cross_becomes_plain_values():
    assert Crossed("cell", of=("a", "b"), hash_buckets=5).to_dict() == {
        "kind": "crossed",
        "column": "cell",
        "name": "cell",
        "embedding": 8,
        "of": ("a", "b"),
        "hash_buckets": 5,
    }


@pytest.mark.parametrize(("size", "width"), [(1, 2), (10, 6), (100, 21), (443, 49), (10**6, 50)])
def test_an_automatic_embedding_is_as_wide_as_fastai_makes_it_up_to_50(size, width):
    assert embedding_width("auto", size) == width
    assert embedding_width(7, size) == 7


def test_every_kind_with_ids_can_have_an_automatic_embedding(encode):
    hashed, listed = (
        Hashed("tract", hash_buckets=99, embedding="auto"),
        MultiCategory("tags", max_tokens=98, embedding="auto"),
    )
    assert [encode(one).ids[0].embedding for one in (hashed, listed)] == [21, 21]


@pytest.mark.parametrize("kind", [Bucketized, Categorical, Hashed, MultiCategory])
@pytest.mark.parametrize(
    ("width", "rule"),
    [("wide", 'embedding must be a width or "auto"'), (-1, "embedding must be at least 0")],
)
def test_another_embedding_is_refused(kind, width, rule):
    with pytest.raises(FeatureError, match=rule):
        kind("tract", embedding=width)


def test_every_line_can_be_made_again_from_its_fields(world):
    for feature in world.features.features:
        names = [field.name for field in dataclasses.fields(feature)]
        again = type(feature)(**{name: getattr(feature, name) for name in names})
        assert again == feature
        assert (
            dataclasses.replace(feature.recipe, column=feature.column, name=feature.name) == again
        )
