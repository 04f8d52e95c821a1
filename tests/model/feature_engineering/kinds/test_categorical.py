import pytest

from model import Categorical
from zeroskew.errors import FeatureError


def ids_of(world, output: str, column: str) -> dict[object, set[int]]:
    """The ids that each raw value got."""
    found: dict[object, set[int]] = {}
    for value, one in zip(world.table[column], world.transformed[output].tolist(), strict=True):
        found.setdefault(value, set()).add(one)
    return found


def test_the_most_frequent_value_has_id_0_the_next_id_1(world):
    ids = ids_of(world, "company_xf", "company")
    assert ids["Blue"] == {0}
    assert ids["Red"] == {1}


def test_values_beyond_max_tokens_share_the_oov_ids(world):
    ids = ids_of(world, "company_xf", "company")
    rare = set().union(*(ids[name] for name in ("Ada", "Bob", "Cyd", "Dov", "Eve")))
    assert rare == {2, 3, 4}
    assert all(len(ids[name]) == 1 for name in ("Ada", "Bob", "Cyd", "Dov", "Eve"))


def test_a_missing_value_has_the_last_id(world):
    ids = ids_of(world, "company_xf", "company")
    assert ids[None] == {5}
    assert Categorical("company", max_tokens=2, oov_buckets=3).size == 6


def test_a_word_never_seen_is_out_of_vocabulary(world):
    ids = world.apply(company=["Blue", "never seen", "", "Red"])["company_xf"].tolist()
    assert [ids[0], ids[2], ids[3]] == [0, 5, 1]
    assert ids[1] in {2, 3, 4}


def test_integers_are_ranked_like_words_and_kept_from_min_frequency_on(world):
    ids = ids_of(world, "tract_category_xf", "tract")
    assert {value: ids.pop(value) for value in (17031, 17032, 17033, None)} == {
        17031: {0},
        17032: {1},
        17033: {2},
        None: {21},
    }
    assert ids == {value: {3} for value in range(19)}


def test_a_column_without_any_value_has_the_missing_id_and_unseen_words_another(world):
    assert world.transformed["nothing_text_xf"].tolist() == [101] * 30
    assert world.apply(nothing_text=["word", None])["nothing_text_xf"].tolist() == [0, 101]


def test_every_id_fits_into_the_size_that_the_network_is_built_for(world):
    for feature in world.features.features:
        for output in feature.outputs:
            if output.size is not None:
                ids = world.transformed[output.name]
                assert ids.min() >= 0
                assert ids.max() < output.size


def test_the_network_looks_each_id_up(encode):
    (ids,) = encode(Categorical("company", max_tokens=1, embedding=3)).ids
    assert (ids.tensor.name, ids.size, ids.embedding) == ("company_xf", 3, 3)


def test_embedding_0_is_passed_on_to_the_network(encode):
    (ids,) = encode(Categorical("company", max_tokens=1, embedding=0)).ids
    assert (ids.size, ids.embedding) == (3, 0)


@pytest.mark.parametrize(
    ("arguments", "rule", "received"),
    [
        ({"max_tokens": 0}, "max_tokens must be at least 1", 0),
        ({"oov_buckets": 0}, "oov_buckets must be at least 1", 0),
        ({"min_frequency": 0}, "min_frequency must be at least 1", 0),
        ({"embedding": -1}, "embedding must be at least 0", -1),
    ],
)
def test_a_wrong_argument_is_refused_with_the_rule(arguments, rule, received):
    with pytest.raises(FeatureError) as caught:
        Categorical("company", **arguments)
    assert str(caught.value) == (
        f"categorical feature 'company': {rule}\n"
        f"  received: {received}\n"
        "  do:       correct this line of the feature list"
    )
