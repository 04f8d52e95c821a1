import pytest

from model import Hashed
from zeroskew.errors import FeatureError


def test_an_integer_has_the_same_id_in_every_process_and_version(world):
    ids = world.apply(tract=[17031, 17032, 17033, None])["tract_xf"]
    assert ids.tolist() == [9, 8, 7, 10]


def test_a_word_has_the_same_id_in_every_process_and_version(world):
    ids = world.apply(company=["Blue", "Red", None, "never seen"])["company_hash_xf"].tolist()
    assert ids[:3] == [1, 5, 7]
    assert 0 <= ids[3] < 7


def test_equal_values_share_an_id_and_missing_values_have_the_last(world):
    ids = world.transformed["company_hash_xf"].tolist()
    assert ids[:20] == [1] * 12 + [5] * 8
    assert ids[25:29] == [7] * 4
    assert 7 not in ids[:25]


def test_the_network_looks_each_id_up(encode):
    (ids,) = encode(Hashed("tract", hash_buckets=2, embedding=2)).ids
    assert (ids.tensor.name, ids.size, ids.embedding) == ("tract_xf", 3, 2)


def test_one_bucket_is_refused():
    with pytest.raises(FeatureError) as caught:
        Hashed("tract", hash_buckets=1)
    assert str(caught.value) == (
        "hashed feature 'tract': hash_buckets must be at least 2\n"
        "  received: 1\n"
        "  do:       correct this line of the feature list"
    )
