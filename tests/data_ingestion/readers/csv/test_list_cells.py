"""Cells that hold lists, held against what Python writes and reads."""

import csv
import io
import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.readers.csv.list_cells import parse_lists
from data_ingestion.readers.csv.reader import CsvReader
from zeroskew.cell_types import ListType
from zeroskew.errors import SettingsError
from zeroskew.schema import column_types

words = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="|\r\n\0"))
integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(-(2.0**100), 2.0**100)
ELEMENTS: dict[str, st.SearchStrategy[Any]] = {"BYTES": words, "INT": integers, "FLOAT": floats}


def parsed(cells: Sequence[bytes | None], kind: ListType) -> tuple[list[Any], dict[int, str]]:
    lists, faults = parse_lists(pa.array(cells, pa.binary()), kind, "tags")
    assert len(lists) == len(cells)
    lists.validate(full=True)
    return lists.to_pylist(), faults


def lists_of(kind: str, smallest: int) -> st.SearchStrategy[list[Any]]:
    one = st.lists(ELEMENTS[kind], min_size=smallest, max_size=4)
    return st.lists(st.none() | one, max_size=10)


@pytest.mark.parametrize("kind", [*ELEMENTS])
@settings(max_examples=50)
@given(st.data())
def test_lists_of_json_come_back(kind: str, data: st.DataObject) -> None:
    lists = data.draw(lists_of(kind, 0))
    cells = [None if one is None else json.dumps(one).encode() for one in lists]
    found, faults = parsed(cells, ListType(kind))
    assert (decoded(found), faults) == (lists, {})


@pytest.mark.parametrize("kind", [*ELEMENTS])
@pytest.mark.parametrize("separator", ["|", "; ", "<>"])
@settings(max_examples=50)
@given(st.data())
def test_lists_with_a_separator_come_back(kind: str, separator: str, data: st.DataObject) -> None:
    lists = data.draw(lists_of(kind, 1))
    texts = [None if one is None else [str(each) for each in one] for one in lists]
    cells = [None if one is None else separator.join(one) for one in texts]
    # Python's own split says what an element with a part of a separator in it becomes.
    wanted = [one.split(separator) if one else None for one in cells]
    found, faults = parsed(
        [one if one is None else one.encode() for one in cells], ListType(kind, separator)
    )
    if kind == "BYTES":
        assert (decoded(found), faults) == (wanted, {})
    else:
        assert (found, faults) == (lists, {})


def decoded(lists: list[Any]) -> list[Any]:
    return [
        None
        if one is None
        else [each.decode() if isinstance(each, bytes) else each for each in one]
        for one in lists
    ]


def test_an_empty_cell_is_missing_and_brackets_are_an_empty_list() -> None:
    assert parsed([b"", None, b"[]", b" [ ] "], ListType("INT")) == ([None, None, [], []], {})
    assert parsed([b"", None, b"1"], ListType("INT", "|")) == ([None, None, [1]], {})
    assert parsed([], ListType("FLOAT", "|")) == ([], {})
    assert parsed([], ListType("FLOAT")) == ([], {})
    assert parsed([b"|", b"a||b", b" a"], ListType("BYTES", "|")) == (
        [[b"", b""], [b"a", b"", b"b"], [b" a"]],
        {},
    )


def test_an_element_that_does_not_fit_is_named_and_its_neighbours_stay() -> None:
    cells = [b"1|2", b"3|x|y", b"", b"4|", b"5", b"9223372036854775808", b"\xff"]
    found, faults = parsed(cells, ListType("INT", "|"))
    assert found == [[1, 2], None, None, None, [5], None, None]
    assert faults == {
        1: "an element of tags is 'x', not INT",
        3: "an element of tags is '', not INT",
        5: "an element of tags is '9223372036854775808', beyond a 64-bit integer",
        6: "an element of tags is not UTF-8",
    }
    assert parsed([b"1|nan", b"1e39", b".5"], ListType("FLOAT", "|")) == (
        [None, None, [0.5]],
        {
            0: "an element of tags is 'nan', not a finite 32-bit number",
            1: "an element of tags is '1e39', not a finite 32-bit number",
        },
    )


@pytest.mark.parametrize(
    ("kind", "cell", "reason"),
    [
        ("INT", b"[1.5]", "an element of tags is '1.5', not INT"),
        ("INT", b"[true]", "an element of tags is 'true', not INT"),
        ("INT", b"[1, null]", "an element of tags is 'null', not INT"),
        ("INT", b"[9223372036854775808]", "an element of tags is '9223372036854775808', not INT"),
        ("FLOAT", b"[NaN]", "an element of tags is 'NaN', not FLOAT"),
        ("FLOAT", b"[1e39]", "an element of tags is '1e+39', not FLOAT"),
        ("FLOAT", b'["1"]', "an element of tags is '\"1\"', not FLOAT"),
        ("BYTES", b"[1]", "an element of tags is '1', not BYTES"),
        ("BYTES", b'["\\ud800"]', "an element of tags is '\"\\\\ud800\"', not BYTES"),
        ("BYTES", b'[["a"]]', "an element of tags is '[\"a\"]', not BYTES"),
        ("BYTES", b"a|b", "tags is 'a|b', not a list in JSON"),
        ("BYTES", b'{"a": 1}', "tags is '{\"a\": 1}', not a list in JSON"),
        ("INT", b"[1],[2]", "tags is '[1],[2]', not a list in JSON"),
        ("INT", b"[" * 100_000, "tags is '" + "[" * 57 + "...', not a list in JSON"),
        ("INT", b"\xff[1]", "tags is not UTF-8"),
    ],
)
def test_what_is_no_such_list_in_json_is_named(kind: str, cell: bytes, reason: str) -> None:
    good = {"INT": b"[7]", "FLOAT": b"[7]", "BYTES": b'["7"]'}[kind]
    value = {"INT": 7, "FLOAT": 7.0, "BYTES": b"7"}[kind]
    found, faults = parsed([good, cell, good], ListType(kind))
    assert (found, faults) == ([[value], None, [value]], {1: reason})


def test_a_number_too_large_for_any_float_is_named() -> None:
    huge = b"[1" + b"0" * 400 + b"]"
    assert list(parsed([huge], ListType("FLOAT"))[1]) == [0]


@given(st.floats(3.4028234e38, 3.4028237e38))
def test_a_number_is_as_large_as_a_32_bit_float_may_be(number: float) -> None:
    with np.errstate(over="ignore"):
        fits = bool(np.isfinite(np.float32(number)))
    faults = parsed([json.dumps([number, -number]).encode()], ListType("FLOAT"))[1]
    assert (faults == {}) is fits


@pytest.mark.parametrize("cells", ["|", "json"])
def test_vectors_have_the_length_that_the_schema_says(cells: str) -> None:
    texts = [b"1|2", b"1|2|3", b"", b"1"]
    if cells == "json":
        texts = [b"[" + one.replace(b"|", b",") + b"]" if one else one for one in texts]
    assert parsed(texts, ListType("FLOAT", cells, 2)) == (
        [[1.0, 2.0], None, None, None],
        {1: "tags has 3 values, the schema says 2", 3: "tags has 1 values, the schema says 2"},
    )


def read(tmp_path: Path, rows: Sequence[Sequence[str]], types: dict[str, str]) -> Any:
    text = io.StringIO()
    csv.writer(text).writerows([[*types], *rows])
    file = tmp_path / "data.csv"
    file.write_text(text.getvalue(), encoding="utf-8", newline="")
    (piece,) = [rows for chunk in CsvReader((file,)).chunks() for rows in chunk.read(types)]
    return piece


TYPES = {
    "id": "INT",
    "tags": ListType("BYTES", "|"),
    "viewed": ListType("INT"),
    "vector": ListType("FLOAT", ",", 2),
}


def test_a_file_with_lists_is_read_with_quotes_around_them(tmp_path: Path) -> None:
    rows = [["1", 'a|"b"|c, d\ne', "[1, 2]", "0.5,1"], ["2", "", "[]", ""]]
    piece = read(tmp_path, rows, TYPES)
    assert not piece.rejected
    assert piece.batch.to_pylist() == [
        {"id": 1, "tags": [b"a", b'"b"', b"c, d\ne"], "viewed": [1, 2], "vector": [0.5, 1.0]},
        {"id": 2, "tags": None, "viewed": [], "vector": None},
    ]


def test_a_row_with_a_list_that_does_not_fit_is_rejected_and_the_others_stay(
    tmp_path: Path,
) -> None:
    rows = [
        ["1", "a", "[1]", "1,2"],
        ["2", "b", '["x"]', "1,2"],
        ["3", "c", "[3]", "1,2,3"],
        ["x", "d", "[4]", "1,2"],
        ["5", "e|f", "[5]", "3,4"],
    ]
    piece = read(tmp_path, rows, TYPES)
    assert [(one.line, one.reason) for one in piece.rejected] == [
        (3, "an element of viewed is '\"x\"', not INT"),
        (4, "vector has 3 values, the schema says 2"),
        (5, "id is 'x', not INT"),
    ]
    assert piece.batch.to_pylist() == [
        {"id": 1, "tags": [b"a"], "viewed": [1], "vector": [1.0, 2.0]},
        {"id": 5, "tags": [b"e", b"f"], "viewed": [5], "vector": [3.0, 4.0]},
    ]
    assert np.array(piece.lines).tolist() == [2, 6]
    assert piece.raw(1) == '5,e|f,[5],"3,4"'


def test_both_ways_through_a_file_give_columns_of_the_same_types(tmp_path: Path) -> None:
    good = ["1", "a", "[1]", "1,2"]
    one, other = (read(tmp_path, rows, TYPES) for rows in ([good], [good, ["x", "", "", ""]]))
    assert one.batch.schema == other.batch.schema
    assert one.batch.equals(other.batch)


def schema(text: str) -> Any:
    return text_format.Parse(text, schema_pb2.Schema())


def test_the_schema_says_how_cells_hold_lists() -> None:
    found = column_types(
        schema(
            'feature { name: "id" type: INT }'
            'feature { name: "tags" type: BYTES value_count { min: 0 }'
            '  annotation { tag: "reviewed" tag: "cells:|" } }'
            'feature { name: "vector" type: FLOAT value_count { min: 3 max: 3 }'
            '  annotation { tag: "cells:json" } }'
            'feature { name: "viewed" type: INT value_count { min: 0 max: 2 }'
            '  annotation { tag: "cells:, " } }'
        )
    )
    assert found == {"id": "INT", "tags": "BYTES", "vector": "FLOAT", "viewed": "INT"}
    assert not isinstance(found["id"], ListType)
    wanted = {"tags": ("|", None), "vector": ("json", 3), "viewed": (", ", None)}
    for name, (cells, length) in wanted.items():
        # It goes to workers as it is.
        kind = pickle.loads(pickle.dumps(found[name]))
        assert isinstance(kind, ListType)
        assert (kind.cells, kind.length) == (cells, length)


@pytest.mark.parametrize(
    "rest",
    [
        'annotation { tag: "cells:|" }',
        'value_count { min: 0 max: 1 } annotation { tag: "cells:|" }',
        'value_count { min: 1 } annotation { tag: "cells:|" tag: "cells:json" }',
        'value_count { min: 1 } annotation { tag: "cells:" }',
    ],
)
def test_a_schema_that_says_it_of_no_list_or_twice_is_refused(rest: str) -> None:
    with pytest.raises(SettingsError, match="says once how its cells hold lists"):
        column_types(schema(f'feature {{ name: "tags" type: BYTES {rest} }}'))
