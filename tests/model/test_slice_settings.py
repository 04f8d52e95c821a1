"""The setting `slices`: what it may say, and what slices are called."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.feature_engineering.columns import Column
from model.slice_settings import (
    MISSING,
    Cut,
    SliceBy,
    check_bounded,
    check_slices,
    parse_slices,
    range_names,
    slice_order,
)
from zeroskew.errors import SettingsError

COLUMNS = {
    column.name: column
    for column in (
        Column("fare", "FLOAT"),
        Column("hour", "INT"),
        Column("company", "BYTES"),
        Column("tags", "BYTES", None),
        Column("vector", "FLOAT", 3),
        Column("viewed", "INT", None),
    )
}


@pytest.mark.parametrize(
    ("value", "cuts"),
    [
        ("hour", [Cut("hour")]),
        ({"fare": [10, 20.5]}, [Cut("fare", (10.0, 20.5))]),
        ({"fare": {"quantiles": 4}}, [Cut("fare", quantiles=4)]),
        (["hour", "company"], [Cut("hour"), Cut("company")]),
        (("company", {"fare": (10,)}), [Cut("company"), Cut("fare", (10.0,))]),
    ],
)
def test_each_form_is_read(value: Any, cuts: list[Cut]) -> None:
    assert parse_slices([value]) == [SliceBy(tuple(cuts))]


@pytest.mark.parametrize(
    "value",
    [
        5,
        None,
        {},
        [],
        ["hour"],
        ["hour", "hour"],
        ["hour", "company", "tags"],
        ["hour", ["company", "tags"]],
        {"fare": []},
        {"fare": 10},
        {"fare": [20, 10]},
        {"fare": [10, 10]},
        {"fare": ["10"]},
        {"fare": [True]},
        {"fare": [float("nan")]},
        {"fare": [1, float("inf")]},
        {"fare": {"quantiles": 1}},
        {"fare": {"quantiles": 101}},
        {"fare": {"quantiles": 2.5}},
        {"fare": {"parts": 4}},
        {"fare": {"quantiles": 4, "edges": [1]}},
        {"fare": [1], "hour": [2]},
        {7: [1]},
    ],
)
def test_what_is_no_slice_is_refused(value: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_slices([value])
    assert caught.value.rule == (
        "a slice is a column, a number cut at edges or into quantiles, or a pair of such"
    )
    assert str(caught.value.received) in repr(value)
    assert "growing edges" in str(caught.value.allowed)


def test_the_same_columns_twice_are_refused() -> None:
    parse_slices(["hour", {"fare": [1]}, ["fare", "hour"]])
    with pytest.raises(SettingsError, match="received: company, hour twice"):
        parse_slices([["hour", "company"], "fare", ["company", {"hour": [12]}]])


@pytest.mark.parametrize(
    ("edges", "names"),
    [
        ([], ["any"]),
        ([10], ["below 10", "10 and more"]),
        ([-0.5, 10, 1234567], ["below -0.5", "-0.5 to 10", "10 to 1234567", "1234567 and more"]),
    ],
)
def test_ranges_are_called_by_their_ends(edges: list[float], names: list[str]) -> None:
    assert range_names(edges) == names


@given(st.sets(st.floats(allow_nan=False, allow_infinity=False), max_size=9), st.randoms())
def test_ranges_are_sorted_by_size(edges: set[float], random: Any) -> None:
    names = [f"fare={one}" for one in [*range_names(sorted(edges)), MISSING]]
    mixed = random.sample(names, len(names))
    assert sorted(mixed, key=slice_order) == names


def test_numbers_are_sorted_by_size_and_texts_by_name() -> None:
    names = ["b=2, a=x", "b=10, a=", "b=10, a=x, y", "b=10, a=missing", "b=1e3", "b=1a", "b=٣"]
    assert sorted(set(names), key=slice_order) == names
    assert slice_order("b=missing") > slice_order("b=way to go")


@pytest.mark.parametrize(
    ("value", "rule", "received"),
    [
        ("nope", "a slice must be a column of the schema", "'nope'"),
        ({"nope": [1]}, "a slice must be a column of the schema", "'nope'"),
        (["company", "nope"], "a slice must be a column of the schema", "'nope'"),
        (
            {"company": [1]},
            "only a column of one number is cut into slices",
            "'company', one value of type BYTES",
        ),
        (
            {"viewed": {"quantiles": 2}},
            "only a column of one number is cut into slices",
            "'viewed', a list of values of type INT",
        ),
        (
            "vector",
            "a column of many fractions has no values to slice by",
            "'vector', a vector of 3 numbers",
        ),
        (
            "fare",
            "a column of fractions is cut into slices: each of its values alone would be one",
            "'fare'",
        ),
    ],
)
def test_slices_that_do_not_fit_the_schema_are_refused(
    value: Any, rule: str, received: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        check_slices(parse_slices([value]), COLUMNS)
    assert (caught.value.rule, caught.value.received) == (rule, received)


def test_a_fraction_without_edges_hears_how_to_write_them() -> None:
    with pytest.raises(SettingsError) as caught:
        check_slices(parse_slices([["company", "fare"]]), COLUMNS)
    assert caught.value.allowed == "{fare: [1, 10]} or {fare: {quantiles: 4}}"


def test_slices_that_fit_the_schema_pass() -> None:
    fit = ["hour", "company", "tags", "viewed", {"fare": [1]}, ["hour", {"fare": {"quantiles": 2}}]]
    check_slices(parse_slices(fit), COLUMNS)


@pytest.mark.parametrize(
    ("value", "names", "others"),
    [
        ("company", ["company=Blue", "company=missing", "company=a, b"], ["hour=1", "company="]),
        (
            {"fare": [10, 20]},
            ["fare=below 10", "fare=10 to 20", "fare=20 and more", "fare=missing"],
            ["fare=15", "fare=below 20", "fare=10 to 20 "],
        ),
        (
            {"fare": {"quantiles": 3}},
            ["fare=below 7.5", "fare=7.5 to 9", "fare=9 and more", "fare=any", "fare=missing"],
            ["fare=7.5", "fare=under 9"],
        ),
        (
            ["hour", {"fare": [10]}],
            ["fare=below 10, hour=3", "fare=missing, hour=missing"],
            ["hour=3, fare=below 10", "fare=below 10", "fare=9, hour=3"],
        ),
    ],
)
def test_the_gate_may_bound_slices_that_can_exist(
    value: Any, names: list[str], others: list[str]
) -> None:
    slices = parse_slices([value])
    check_bounded(names, slices)
    for other in others:
        with pytest.raises(SettingsError, match="bounds slices that are measured"):
            check_bounded([other], slices)


def test_a_bound_that_names_no_slice_hears_their_names() -> None:
    with pytest.raises(SettingsError) as caught:
        check_bounded(["fare=5"], parse_slices(["hour", ["hour", {"fare": [10]}]]))
    assert caught.value.allowed == ("hour=VALUE; fare=below 10 | 10 and more | missing, hour=VALUE")
    with pytest.raises(SettingsError, match="allowed:  none"):
        check_bounded(["fare=5"], [])
