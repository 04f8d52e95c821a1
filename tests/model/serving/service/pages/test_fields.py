"""What is filled in, and how it is asked for."""

import pytest

from model.feature_engineering.columns import Column
from model.serving.requests import row_schema
from model.serving.service.pages.fields import Field, fields_of


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (Column("a", "FLOAT"), 0.1, Field("a", "number", False, "number", "0.1", False)),
        (
            Column("a", "INT"),
            2**62,
            Field("a", "integer", False, "whole number", f"{2**62}", False),
        ),
        (Column("a", "BYTES"), 'ü"', Field("a", "string", False, "text", 'ü"', False)),
        (Column("a", "BYTES"), None, Field("a", "string", False, "text", "", False)),
        (Column("a", "BYTES"), "x" * 61, Field("a", "string", False, "text", "x" * 61, True)),
        (Column("a", "BYTES"), "x\ny", Field("a", "string", False, "text", "x\ny", True)),
        (
            Column("a", "BYTES", None),
            ["b c", "d"],
            Field("a", "string", True, "texts, one in each line", "b c\nd", True),
        ),
        (
            Column("a", "INT", None),
            [1, -2],
            Field("a", "integer", True, "whole numbers, separated by spaces", "1 -2", True),
        ),
        (
            Column("a", "FLOAT", 2),
            [1.0, 2.5],
            Field("a", "number", True, "2 numbers, separated by spaces", "1.0 2.5", True),
        ),
    ],
)
def test_a_column_has_its_field(column, value, expected):
    properties = row_schema([column], {"a": value})["properties"]
    assert fields_of(properties, {"a": value}) == [expected]
