import numpy as np
import pytest

from model import Bucketized, Categorical, Cyclic, Hashed, Integer
from model.feature_engineering.columns import Column
from zeroskew.errors import FeatureError

INFINITE = float("inf")
FILLED = [
    ("miles_filled_xf", "miles", 5.0),
    ("known_company_xf", "company", "Red"),
    ("company_hash_filled_xf", "company", "Blue"),
    ("month_filled_xf", "month", 7),
    ("hour_filled_xf_sin", "hour", 6),
    ("hour_filled_xf_cos", "hour", 6),
]


@pytest.mark.parametrize(("output", "column", "default"), FILLED)
def test_a_missing_value_is_taken_as_the_default(world, output, column, default):
    missing, given = world.apply(**{column: [None, default]})[output].tolist()
    assert missing == given
    rows = np.array([value is None for value in world.table[column]])
    assert rows.any()
    assert set(world.transformed[output][rows].tolist()) == {given}


@pytest.mark.parametrize("value", [INFINITE, -INFINITE])
def test_an_infinite_number_is_missing_and_so_the_default(world, value):
    assert world.apply(miles=[value])["miles_filled_xf"].tolist() == [1]


@pytest.mark.parametrize(
    ("feature", "type_", "allowed"),
    [
        (Categorical("x", default=1), "BYTES", "a text"),
        (Categorical("x", default="a"), "INT", "a whole number"),
        (Hashed("x", default=1.5), "INT", "a whole number"),
        (Integer("x", default=1.5), "INT", "a whole number"),
        (Bucketized("x", default="a"), "FLOAT", "a number"),
        (Cyclic("x", default="a"), "FLOAT", "a number"),
    ],
)
def test_a_default_that_the_column_cannot_hold_is_refused(feature, type_, allowed):
    with pytest.raises(FeatureError) as caught:
        feature.check({"x": Column("x", type_)})
    assert str(caught.value) == (
        f"the {feature.KIND} feature 'x': default holds what the column 'x' could hold\n"
        f"  allowed:  {allowed}\n"
        f"  received: {feature.default!r}\n"
        "  do:       correct this line of the feature list"
    )


def test_a_default_that_the_column_can_hold_is_taken():
    columns = {"x": Column("x", "FLOAT"), "n": Column("n", "INT"), "w": Column("w", "BYTES")}
    for feature in (Bucketized("x", default=3), Cyclic("n", default=3), Hashed("w", default="a")):
        feature.check(columns)
    computed = Bucketized("y", value=lambda row: row["n"] / 2, uses=("n",), default=0.5)
    computed.check(columns)


@pytest.mark.parametrize("default", ["", float("nan"), INFINITE, True])
def test_a_default_that_is_missing_itself_is_refused(default):
    with pytest.raises(FeatureError, match="default must be a text or a number, and not missing"):
        Hashed("x", default=default)
