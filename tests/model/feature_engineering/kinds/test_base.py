from model import Bucketized, Crossed, Numeric
from model.feature_engineering.kinds import Output


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
