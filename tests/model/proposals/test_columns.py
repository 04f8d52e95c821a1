"""Which features are proposed for a column, by what it holds."""

from typing import Any

import pytest
from facts_of import facts_of

from model.proposals.columns import propose

MANY = 200
DATES = [f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in range(MANY)]


@pytest.mark.parametrize(
    ("name", "values", "features", "reason"),
    [
        ("a", [None] * 9, [], "no row has a value"),
        ("a", ["", ""], [], "no row has a value"),
        ("a", [3.5] * 9, [], "always '3.5'"),
        ("Unnamed: 0", [0, 1, 2, 3], [], "numbers the rows, as an index does"),
        ("a", list(range(1, MANY)), [], "numbers the rows, as an index does"),
        (
            "customerID",
            [f"{n:05}" for n in range(MANY)],
            [],
            "200 different values in 200 rows: tells the rows apart",
        ),
        (
            "order_no",
            [n * n for n in range(MANY)],
            [],
            "200 different values in 200 rows: tells the rows apart",
        ),
        ("paid", ["Yes", "no", None], ['Boolean("paid")'], "'Yes' or 'no', 33 % missing"),
        ("paid", [0, 1, 1], ['Boolean("paid")'], "'1' or '0'"),
        ("paid", [0.0, 1.0, 1.0], ['Boolean("paid")'], "'1.0' or '0.0'"),
        (
            "paid",
            ["J", "N", "N"],
            ['Boolean("paid", true=("j",), false=("n",))'],
            "'N' or 'J'",
        ),
        (
            "sex",
            ["M", "F", "F"],
            ['Categorical("sex", max_tokens=2)'],
            "2 different values, mostly 'F'",
        ),
        (
            "zip code",
            [10115, 80331, 10115] * 9,
            ['Categorical("zip code", max_tokens=2)'],
            "2 different values, mostly '10115'",
        ),
        (
            "share",
            [0.0, 4.5, 14.5] * 9,
            ['Numeric("share")', 'PiecewiseLinear("share", name="share in parts", bins=16)'],
            "3 numbers, 0 to 14.5",
        ),
        (
            "title",
            ["Alone"] * 40 + [f"River{n} of film{n % 99}" for n in range(MANY)],
            ['Text("title", ngrams=2, max_tokens=20_000)'],
            "texts of 3 words",
        ),
        (
            "name",
            [f"Ann Smith{n}" for n in range(MANY)] * 2,
            ['Text("name", ngrams=2, max_tokens=20_000)'],
            "texts of 2 words",
        ),
        (
            "street",
            [f"Park Lane{n % 99}" for n in range(MANY)],
            ['Categorical("street", max_tokens=99)'],
            "99 different values, mostly 'Park Lane0'",
        ),
        (
            "words",
            [["p"], ["p", "q"]],
            ['MultiCategory("words", max_tokens=100)'],
            "lists of 1 to 2 values",
        ),
        ("v", [[0.5, 1.5]] * 3, ['Vector("v", dimension=2)'], "vectors of 2 numbers"),
        (
            "v",
            [[0.5], [1.5, 2.5]],
            ['Sequence("v", numbers=("v",), last=2)'],
            "lists of 1 to 2 values, numbers, taken for events in their order",
        ),
        (
            "tags",
            ["new|vip", "new", "vip", "late|new"],
            ['MultiCategory("tags", max_tokens=100)'],
            "lists of 3 words, as 'new|vip'",
        ),
    ],
)
def test_what_becomes_of_a_column(
    name: str, values: list[Any], features: list[str], reason: str
) -> None:
    found = propose(facts_of(name, values))
    assert list(found.features) == features
    assert found.reason == reason


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ("{y}-{m:02}-{d:02}", 'parts=("month", "day_of_week"), '),
        ("{y}-{m:02}-{d:02}T00:00:00", 'parts=("month", "day_of_week"), '),
        ("{y}-{m:02}-{d:02} {m:02}:30", ""),
        ("{d}.{m}.{y}", 'format="%d.%m.%Y", parts=("month", "day_of_week"), '),
        ("{m}/{d}/{y} 1:05 PM", 'format="%m/%d/%Y %I:%M %p", '),
        ("{y}/{m:02}/{d:02}", 'format="%Y/%m/%d", parts=("month", "day_of_week"), '),
    ],
)
def test_dates_are_recognised_as_they_are_written(written: str, options: str) -> None:
    days = [written.format(y=2024, m=n % 12 + 1, d=n % 28 + 1) for n in range(84)]
    found = propose(facts_of("when", days))
    assert found.features == (f'DateTime("when", {options}days_since="2024-01-01", scale=362.0)',)
    assert found.moment == ("format" not in options)
    assert found.question is None


def test_which_of_day_and_month_comes_first_is_asked_where_it_may_be_either() -> None:
    days = [f"{n % 12 + 1}/{(3 * n) % 12 + 1}/2024" for n in range(50)]
    found = propose(facts_of("when", days))
    assert found.question is not None
    assert (found.question.default, list(found.question.choices)) == ("month", ["day", "month"])
    assert 'format="%m/%d/%Y"' in found.features[0]
    turned = propose(facts_of("when", days), {found.question.key: "day"})
    assert 'format="%d/%m/%Y"' in turned.features[0]
    dotted = propose(facts_of("when", [day.replace("/", ".") for day in days]))
    assert dotted.question is not None
    assert dotted.question.default == "day"


def test_seconds_since_1970_are_dates_if_the_column_is_called_so() -> None:
    moments = [1_700_000_000_000 + 7_000_000 * n * n for n in range(100)]
    found = propose(facts_of("created_at", moments))
    assert found.features == (
        'DateTime("created_at", unit="ms", days_since="2023-11-14", scale=794.0)',
    )
    assert propose(facts_of("balance", moments)).features[0] == 'Numeric("balance")'


def test_what_a_row_is_about_is_an_entity_unless_somebody_says_otherwise() -> None:
    visits = [f"c{n % 60}" for n in range(MANY)]
    found = propose(facts_of("customer_id", visits))
    assert (found.features, found.entity) == ((), True)
    assert found.question is not None
    shared = propose(facts_of("customer_id", visits), {found.question.key: "category"})
    assert shared.features == ('Categorical("customer_id", max_tokens=60)',)
    assert not shared.entity
    assert propose(facts_of("shop", visits)).features == ('Categorical("shop", max_tokens=60)',)


def test_texts_are_told_from_words() -> None:
    reviews = [f"room {n} was clean and quiet" for n in range(MANY)]
    assert propose(facts_of("a", reviews)).features == ('Text("a", ngrams=2, max_tokens=20_000)',)
    sayings = ["no room for us here", "all of it was fine"] * MANY
    assert propose(facts_of("a", sayings)).features == ('Categorical("a", max_tokens=2)',)


def test_json_lists_are_told_from_texts() -> None:
    found = propose(facts_of("a", ['["p", "q"]', "[]", '["p"]']))
    assert found.cells == "json"


def test_a_category_of_very_many_values_is_hashed() -> None:
    shops = [f"s{n % 1500}" for n in range(4000)]
    assert propose(facts_of("shop", shops)).features == ('Hashed("shop", hash_buckets=3000)',)
