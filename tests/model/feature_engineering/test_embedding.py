import pytest

from model import Bucketized, Categorical, Crossed, Embedding, FeatureSet, Numeric, Vector, YesNo
from zeroskew.errors import FeatureError

LABEL = YesNo("yes", lambda row: row["answer"] > 0, uses=("answer",))
FEATURES = [
    Numeric("fare"),
    Bucketized("fare", name="fare_bucket", buckets=5),
    Categorical("payment", max_tokens=5),
    Crossed("both", of=("payment", "fare_bucket"), hash_buckets=9),
    Vector("picture", dimension=3, provider="acme", model="eye", version="2"),
    Vector("sound", dimension=3, provider="acme", model="ear", version="2"),
    Vector("other_picture", dimension=3, provider="acme", model="eye", version="2"),
]


def declared(embedding: Embedding) -> FeatureSet:
    return FeatureSet(LABEL, FEATURES, embedding)


@pytest.mark.parametrize(
    ("of", "columns"),
    [
        ("fare_bucket", ["fare"]),
        (("payment", "fare"), ["fare", "payment"]),
        ("both", ["fare", "payment"]),
        ((), ["fare", "payment", "picture", "sound", "other_picture"]),
    ],
)
def test_it_reads_the_columns_of_its_features_each_once(of, columns):
    assert declared(Embedding(of)).embedding_sources == columns


def test_a_list_without_one_reads_no_column_for_it():
    assert FeatureSet(LABEL, FEATURES).embedding_sources == []
    assert "embedding" not in FeatureSet(LABEL, FEATURES).to_dict()


def test_it_is_a_part_of_the_record_and_not_of_the_feature_engineering():
    features = declared(Embedding("payment", normalized=False))
    assert features.to_dict()["embedding"] == {"of": ["payment"], "normalized": False}
    assert features.identity() == FeatureSet(LABEL, FEATURES).identity()


def test_an_unknown_feature_is_refused_with_the_nearest_name():
    with pytest.raises(FeatureError, match="did you mean 'payment'"):
        declared(Embedding("paymemt"))


def test_a_feature_twice_is_refused():
    with pytest.raises(FeatureError, match="made of different features"):
        declared(Embedding(("fare", "fare")))


def test_vectors_of_two_providers_models_or_versions_are_not_mixed():
    with pytest.raises(FeatureError) as error:
        declared(Embedding(("picture", "sound")))
    assert "of one provider, model and version" in str(error.value)
    assert "acme eye 2; acme ear 2" in str(error.value)


def test_vectors_of_one_provider_are_one():
    of_pictures = Embedding(("picture", "other_picture"))
    found = declared(of_pictures)
    assert of_pictures.providers(found.features) == [
        {"provider": "acme", "model": "eye", "version": "2"}
    ]
