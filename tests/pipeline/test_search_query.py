"""What a search is asked, as it is typed."""

from typing import Any

import pyarrow as pa
import pytest

from model.serving.vectors.space import VectorSpace
from pipeline.search_query import key_of, parse_filters, row_of_json, row_of_text
from zeroskew.errors import DataError, SettingsError

TEXT = VectorSpace("f", "m", 4, True, ["title"], {"title": "BYTES"})
TRIP = VectorSpace("f", "m", 4, True, ["fare", "company"], {"fare": "FLOAT", "company": "BYTES"})
TYPES = {"id": pa.string(), "year": pa.int64(), "fare": pa.float64(), "genre": pa.string()}


def test_a_text_is_a_row_of_the_only_column() -> None:
    assert row_of_text("a whale", TEXT) == {"title": "a whale"}


def test_a_model_that_reads_more_is_asked_with_a_row() -> None:
    with pytest.raises(SettingsError) as caught:
        row_of_text("a whale", TRIP)
    assert str(caught.value).splitlines() == [
        "--text asks a model whose vectors are made of one column, a text",
        "  received: fare, FLOAT, company, BYTES",
        '  do:       search with --row \'{"fare": null, "company": null}\', and write the values '
        "for null",
    ]


def test_a_row_is_an_object_with_the_columns_that_are_read() -> None:
    text = '{"fare": 1.5, "company": null, "other": 3}'
    assert row_of_json(text, TRIP) == {"fare": 1.5, "company": None}


@pytest.mark.parametrize("text", ["[1]", "fare=3", "", "3"])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--row is a row as an object of JSON"):
        row_of_json(text, TRIP)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ('{"fair": 1.5, "company": null}', "did you mean 'fare'?"),
        ('{"company": null}', "write null for a value that is not known"),
        ("{}", "write null for a value that is not known"),
    ],
)
def test_a_row_without_a_column_that_is_read_is_refused(text: str, action: str) -> None:
    with pytest.raises(DataError, match="a row has each column") as caught:
        row_of_json(text, TRIP)
    assert caught.value.action == action


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([], {}),
        (["genre=novel"], {"genre": ["novel"]}),
        (["genre=novel", "genre=a=b", "year=1851"], {"genre": ["novel", "a=b"], "year": [1851]}),
        (["year>=1800", "year<=1900"], {"year": {"min": 1800, "max": 1900}}),
        (["fare>=1.5"], {"fare": {"min": 1.5}}),
        (["id=007", "genre="], {"id": ["007"], "genre": [""]}),
        (["genre>=m"], {"genre": {"min": "m"}}),
        # What the index refuses, it says best.
        (["year=soon", "other=1"], {"year": ["soon"], "other": ["1"]}),
    ],
)
def test_filters(filters: list[str], expected: dict[str, Any]) -> None:
    assert parse_filters(filters, TYPES) == expected


@pytest.mark.parametrize("text", ["year", "=3", "year>1800", "", "year<1800"])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--filter says what a column") as caught:
        parse_filters([text], TYPES)
    assert caught.value.allowed == "column=value, column>=value, column<=value"


@pytest.mark.parametrize(
    "filters", [["year=3", "year>=2"], ["year>=2", "year=3"], ["year>=2", "year>=3"]]
)
def test_a_column_has_values_or_one_range(filters: list[str]) -> None:
    with pytest.raises(SettingsError, match="by values, any of which it may hold, or by one range"):
        parse_filters(filters, TYPES)


def test_a_key_is_of_the_type_of_the_keys() -> None:
    assert key_of("007", pa.string()) == "007"
    assert key_of("007", pa.int64()) == 7
    assert key_of("x7", pa.int64()) == "x7"
