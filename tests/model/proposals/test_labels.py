"""Which kind of label a column makes."""

from typing import Any

import pytest
from facts_of import facts_of

from model.proposals.labels import candidates, propose_label
from zeroskew.errors import FeatureError


@pytest.mark.parametrize(
    ("values", "line", "reason"),
    [
        (
            ["No", "Yes", "No", None],
            'YesNo("y", positive="Yes", negative="No")',
            "'Yes' in 33.3 % of the rows, 25 % missing",
        ),
        (["b", "a", "b"], 'YesNo("y", positive="a", negative="b")', "'a' in 33.3 % of the rows"),
        ([1, 0, 1], 'YesNo("y", positive=1, negative=0)', "'1' in 66.7 % of the rows"),
        ([1, 2, 2, 2], 'YesNo("y", positive=1, negative=2)', "'1' in 25.0 % of the rows"),
        ([1.0, 0.0, 0.0], 'YesNo("y")', "'1.0' in 33.3 % of the rows"),
        ([1.5, 0.5, 1.5], 'Amount("y")', "numbers, 0.5 to 1.5"),
        (["a", "b", "c"], 'OneOf("y")', "3 classes, mostly 'a'"),
        ([0.1 * n for n in range(30)], 'Amount("y")', "numbers, 0 to 2.9"),
        ([10**n for n in range(9)] * 2, 'OneOf("y")', "9 classes, mostly '1'"),
        ([2**n for n in range(20)], 'Amount("y", scaling="log")', "numbers, 1 to 524288"),
    ],
)
def test_what_the_values_ask(values: list[Any], line: str, reason: str) -> None:
    found = propose_label(facts_of("y", values))
    assert found.features == (line,)
    assert found.reason == reason


def test_few_whole_numbers_may_be_classes_or_amounts() -> None:
    ratings = [1, 2, 3, 4, 5] * 9
    found = propose_label(facts_of("stars", ratings))
    assert found.question is not None
    assert found.question.text == "'stars' holds 1, 2, 3, 4, 5. What are they?"
    assert found.features == ('OneOf("stars")',)
    amounts = propose_label(facts_of("stars", ratings), {found.question.key: "amounts"})
    assert amounts.features == ('Amount("stars")',)
    digits = propose_label(facts_of("digit", list(range(10)) * 9))
    assert digits.features == ('OneOf("digit")',)
    children = [0] * 40 + [1] * 30 + [2] * 20 + [3] * 5 + [4] * 2 + [5] * 2 + [6]
    assert propose_label(facts_of("children", children)).features == ('Amount("children")',)


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        (["a", "a"], "1 different values"),
        ([["a"], ["b"]], "lists of values"),
        ([f"word {n}" for n in range(101)], "101 different texts"),
    ],
)
def test_a_column_that_can_be_none_is_refused(values: list[Any], holds: str) -> None:
    with pytest.raises(FeatureError) as caught:
        propose_label(facts_of("y", values))
    assert caught.value.rule == ("a label has one value in each row: numbers, or 2 to 100 classes")
    assert caught.value.received == f"'y', which holds {holds}"


def test_candidates_are_named_those_of_few_values_first() -> None:
    columns = [
        facts_of("price", [0.5, 1.5, 2.5, 3.5]),
        facts_of("name", [f"word {n}" for n in range(200)]),
        facts_of("always", [1, 1]),
        facts_of("kind", ["a", "b", "c"]),
        facts_of("paid", ["yes", "no"]),
    ]
    assert candidates(columns) == ["paid", "kind", "price"]
