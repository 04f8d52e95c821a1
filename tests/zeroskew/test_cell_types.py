import itertools
import pickle

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from zeroskew.cell_types import (
    CellType,
    ListType,
    NumberStyle,
    NumberType,
    reads,
    tags_of,
    widest,
)
from zeroskew.errors import SettingsError
from zeroskew.schema import column_types

DOLLARS = NumberStyle(",", ".", "$")
EUROS = NumberStyle(".", ",", "", "€")


def type_of(kind: str, *tags: str, rest: str = "") -> str:
    annotation = " ".join(f'tag: "{tag}"' for tag in tags)
    text = f'feature {{ name: "fare" type: {kind} annotation {{ {annotation} }} {rest} }}'
    return column_types(text_format.Parse(text, schema_pb2.Schema()))["fare"]


@pytest.mark.parametrize(
    ("sample", "style"),
    [
        ("1234.5", NumberStyle()),
        ("1234,5", NumberStyle("", ",")),
        ("$1,234.5", DOLLARS),
        ("1.234,5 €", EUROS),
        ("1'234.5%", NumberStyle("'", ".", "", "%")),
        ("1\u202f234,5", NumberStyle("\u202f", ",")),
        ("US$ 1 234.5", NumberStyle(" ", ".", "US$")),
    ],
)
def test_a_sample_says_how_numbers_are_written(sample: str, style: NumberStyle) -> None:
    assert NumberStyle.from_sample(sample) == style
    assert NumberStyle.from_sample(str(style)) == style


@pytest.mark.parametrize("sample", ["", "1234", "12345", "1,234,5", "1.234.5", "-1234.5", "2234.5"])
def test_what_is_no_sample(sample: str) -> None:
    assert NumberStyle.from_sample(sample) is None


def test_the_schema_says_how_cells_are_written() -> None:
    kind = type_of("FLOAT", "number:$1,234.5", "missing:NA", "reviewed", "missing:")
    assert kind == "FLOAT"
    assert isinstance(kind, NumberType)
    assert (kind.style, kind.missing) == (DOLLARS, ("NA", ""))
    assert tags_of(kind) == ["number:$1,234.5", "missing:NA", "missing:"]
    words = type_of("BYTES", "missing:?")
    assert isinstance(words, CellType)
    assert not isinstance(words, NumberType)
    assert words.missing == ("?",)
    lists = type_of("INT", "cells:|", "missing:-", rest="value_count { min: 0 }")
    assert isinstance(lists, ListType)
    assert (lists.cells, tags_of(lists)) == ("|", ["cells:|", "missing:-"])
    assert type(type_of("INT", "reviewed")) is str
    assert tags_of("INT") == []


def test_a_type_goes_to_workers_as_it_is() -> None:
    for kind in (NumberType("INT", EUROS, ["?"]), CellType("INT", ["NA"]), ListType("INT", "|")):
        found = pickle.loads(pickle.dumps(kind))
        assert type(found) is type(kind)
        assert (found, vars(found)) == (kind, vars(kind))


@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        ("FLOAT", ["number:dollars"]),
        ("FLOAT", ["number:1234,5", "number:1234.5"]),
        ("BYTES", ["number:1234,5"]),
    ],
)
def test_a_style_that_is_none_is_refused(kind: str, tags: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        type_of(kind, *tags)
    assert str(caught.value) == (
        "the column 'fare' of the schema says once how it writes the number 1234.5\n"
        '  allowed:  one tag, such as "number:$1,234.5", "number:1234,5" or "number:1234.5%", '
        "and a type of INT or FLOAT\n"
        f"  received: {kind} with {', '.join(tags)}\n"
        "  do:       correct annotation or type in the schema"
    )


def described(kind: str) -> tuple[str, ...]:
    return (str.__str__(kind), *tags_of(kind))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("INT", "FLOAT", ("FLOAT",)),
        ("INT", CellType("INT", ["?"]), ("INT", "missing:?")),
        (CellType("FLOAT", ["NA"]), CellType("INT", ["?"]), ("FLOAT", "missing:?", "missing:NA")),
        ("INT", NumberType("FLOAT", EUROS), ("FLOAT", "number:1.234,5€")),
        ("FLOAT", NumberType("INT", EUROS), ("BYTES",)),
        ("FLOAT", NumberType("INT", DOLLARS, ["-"]), ("FLOAT", "number:$1,234.5", "missing:-")),
        (NumberType("INT", EUROS), NumberType("INT", DOLLARS), ("BYTES",)),
        ("BYTES", CellType("INT", ["NA"]), ("BYTES",)),
        (CellType("BYTES", ["?"]), CellType("INT", ["NA"]), ("BYTES", "missing:?", "missing:NA")),
    ],
)
def test_the_widest_of_two_holds_the_values_of_both(
    one: str, other: str, expected: tuple[str, ...]
) -> None:
    assert described(widest(one, other)) == expected
    assert described(widest(other, one)) == expected


def test_the_schema_can_read_what_it_says_and_less() -> None:
    types = ["INT", CellType("INT", ["NA"]), NumberType("INT", DOLLARS, ["NA"])]
    for stated, found in itertools.product(range(3), range(3)):
        assert reads(types[stated], types[found]) == (found <= stated)
    assert not reads(types[1], CellType("INT", ["?"]))
    assert not reads(types[2], NumberType("INT", EUROS))
