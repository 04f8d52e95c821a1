from typing import Any

import pytest
import tensorflow as tf

from model import Boolean
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.together import transform_together
from zeroskew.errors import FeatureError


def transformed(feature: Boolean, values: list[Any], dtype: Any) -> list[list[float]]:
    row = {feature.column: tf.constant(values, dtype)}
    outputs = transform_together([feature], row, {}, ())[0]
    return [outputs[output.name].numpy().tolist() for output in feature.outputs]


def test_words_for_yes_and_no_are_known_whatever_their_capitals() -> None:
    yes, no = ["true", "YES", "T", "y", "1"], ["False", "no", "F", "N", "0"]
    others = ["", "maybe", "2", "yes ", "01", "-1", "tr\u00fce"]
    (ids,) = transformed(Boolean("flag"), [*yes, *no, *others], tf.string)
    assert ids == [1] * 5 + [0] * 5 + [2] * 7


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 0, 2, -1, MISSING_INT, 2**62], tf.int64),
        ([1.0, 0.0, 0.5, float("inf"), float("nan"), -1.0], tf.float32),
    ],
)
def test_numbers_are_1_and_0_and_any_other_is_missing(values: list[Any], dtype: Any) -> None:
    assert transformed(Boolean("flag"), values, dtype) == [[1, 0, 2, 2, 2, 2]]
    feature = Boolean("flag", output="number")
    assert transformed(feature, values, dtype) == [[1, 0, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1]]


def test_other_words_and_whole_numbers_may_be_given() -> None:
    feature = Boolean("status", true=("Married", "\u00c4hnlich"), false=("single",))
    values = ["MARRIED", "\u00e4hnlich", "Single", "yes"]
    assert transformed(feature, values, tf.string) == [[1, 1, 0, 2]]
    assert transformed(Boolean("n", true=(3, 4), false=(-1,)), [3, 4, -1, 1], tf.int64) == [
        [1, 1, 0, 2]
    ]


def test_a_run_of_transform_tells_yes_no_and_neither(world: Any) -> None:
    assert world.transformed["flag_xf"][:6].tolist() == [1, 0, 1, 0, 2, 2]
    assert world.transformed["flag_number_xf"][:6].tolist() == [1, 0, 1, 0, 0, 0]
    assert world.transformed["flag_number_xf_missing"][:6].tolist() == [0, 0, 0, 0, 1, 1]
    assert world.transformed["is_blue_xf"][[0, 12, 20, 21, 28]].tolist() == [1, 0, 0, 2, 2]
    miles = world.table["miles"]
    assert world.transformed["one_mile_xf"].tolist() == [float(one == 1) for one in miles]


def test_the_network_looks_the_id_up_or_gets_the_number(encode: Any) -> None:
    (ids,) = encode(Boolean("flag")).ids
    assert (ids.tensor.name, ids.size, ids.embedding) == ("flag_xf", 3, 2)
    (by_rule,) = encode(Boolean("flag", embedding="auto")).ids
    assert by_rule.embedding == 3
    encoding = encode(Boolean("flag", output="number"))
    assert [one.name for one in encoding.deep] == ["flag_xf", "flag_xf_missing"]
    assert [one.name for one in encoding.wide] == ["flag_xf", "flag_xf_missing"]


def test_a_line_becomes_plain_values_and_comes_back() -> None:
    feature = Boolean("flag", true=["Oui"], false=["non"])
    values = feature.to_dict()
    assert values.pop("kind") == "boolean"
    assert values["true"] == ("oui",)
    assert Boolean(**values) == feature


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"true": "yes"}, "true is a list of words"),
        ({"false": ()}, "false is a list of words"),
        ({"true": ("No",)}, "no word is a yes and a no"),
        ({"true": ("",)}, "an empty text is missing"),
        ({"output": "bool"}, "output must be one of"),
        ({"embedding": -1}, "embedding must be at least 0"),
    ],
)
def test_mistakes_in_the_line_are_named(arguments: dict[str, Any], rule: str) -> None:
    with pytest.raises(FeatureError, match=rule):
        Boolean("flag", **arguments)


def test_numbers_that_are_not_whole_are_no_other_words() -> None:
    Boolean("flag").check({"flag": Column("flag", "FLOAT")})
    with pytest.raises(FeatureError, match="in a FLOAT column 1 is a yes and 0 a no"):
        Boolean("flag", true=("2",)).check({"flag": Column("flag", "FLOAT")})
