import pytest
import tensorflow as tf

from model import (
    Boolean,
    Categorical,
    Crossed,
    DateTime,
    FeatureSet,
    MultiCategory,
    Numeric,
    Text,
    YesNo,
)
from model.feature_engineering.kinds import Feature
from model.feature_engineering.together import transform_together
from zeroskew.errors import FeatureError


def test_the_id_is_the_hash_of_the_crossed_features_ids(world):
    pairs = zip(world.transformed["latitude_xf"], world.transformed["month_xf"], strict=True)
    texts = [f"{latitude}_{month}" for latitude, month in pairs]
    expected = tf.strings.to_hash_bucket_fast(texts, 50).numpy()
    assert world.transformed["cell_xf"].tolist() == expected.tolist()


def test_the_hash_is_the_same_in_every_process_and_version(world):
    # Row 0: bucket 0, month 1. Row 8: missing latitude. Row 4: missing month.
    assert world.transformed["cell_xf"][[0, 8, 4]].tolist() == [49, 27, 46]


def test_the_order_of_the_crossed_features_matters():
    known = {"a_xf": tf.constant([1, 2], tf.int64), "b_xf": tf.constant([2, 1], tf.int64)}
    ab, ba = (
        transform_together([Crossed("c", of=of, hash_buckets=1000)], {}, known, ())[0]["c_xf"]
        .numpy()
        .tolist()
        for of in (("a", "b"), ("b", "a"))
    )
    assert ab == ba[::-1]
    assert ab[0] != ab[1]


def test_whatever_becomes_one_id_can_be_crossed():
    cross = Crossed("cell", of=("shared", "company"), hash_buckets=50)
    known = Categorical("company", vocabulary=("A", "B"))
    features = FeatureSet(YesNo("paid"), [cross, Boolean("shared"), known])
    row = {"shared": tf.constant(["yes", ""]), "company": tf.constant(["A", "B"])}
    found = features.transform({**row, "paid": tf.constant([1, 0], tf.int64)})
    ids = list(zip(found["shared_xf"].numpy(), found["company_xf"].numpy(), strict=True))
    expected = [f"{shared}_{company}" for shared, company in ids]
    assert ids[0][0] != ids[1][0]
    assert ids[0][1] != ids[1][1]
    hashed = tf.strings.to_hash_bucket_fast(expected, 50)
    assert found["cell_xf"].numpy().tolist() == hashed.numpy().tolist()


@pytest.mark.parametrize(
    "other",
    [
        Boolean("other", output="number"),
        DateTime("other"),
        MultiCategory("other"),
        Numeric("other"),
        Text("other", output="int", max_length=20),
    ],
    ids=lambda feature: feature.KIND,
)
def test_what_becomes_anything_else_cannot(other: Feature):
    with pytest.raises(FeatureError, match="allowed:  shared\n  received: 'other'"):
        FeatureSet(YesNo("paid"), [Boolean("shared"), other, Crossed("c", of=("shared", "other"))])


def test_it_reads_features_and_no_column_of_its_own():
    cross = Crossed("cell", of=("latitude", "month"))
    assert cross.sources == ()
    assert cross.references == ("latitude", "month")


def test_the_network_looks_each_id_up(encode):
    (ids,) = encode(Crossed("cell", of=("a", "b"), hash_buckets=2, embedding=2)).ids
    assert (ids.tensor.name, ids.size, ids.embedding) == ("cell_xf", 2, 2)


@pytest.mark.parametrize(
    ("arguments", "rule", "received"),
    [
        ({"of": ("a",)}, "of must name two features or more", "('a',)"),
        ({"of": ("a", "b"), "hash_buckets": 1}, "hash_buckets must be at least 2", "1"),
    ],
)
def test_a_wrong_argument_is_refused_with_the_rule(arguments, rule, received):
    with pytest.raises(FeatureError) as caught:
        Crossed("cell", **arguments)
    assert str(caught.value) == (
        f"crossed feature 'cell': {rule}\n"
        f"  received: {received}\n"
        "  do:       correct this line of the feature list"
    )
