import math

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from model.serving.service.engine.cells import CellError, Lists, Nested, Values

NAN = math.nan


def made(column, cells):
    return column.array(column.check(cells))


@pytest.mark.parametrize(
    ("dtype", "missing", "cells", "expected"),
    [
        ("float32", NAN, [1, 2.5, None], [1.0, 2.5, NAN]),
        ("int64", -(2**63), [1, None, 2**63 - 1], [1, -(2**63), 2**63 - 1]),
        ("string", "", ["a", None, {"b64": "/w=="}], ["a", "", b"\xff"]),
        ("bool", None, [True, False], [True, False]),
        ("uint8", None, [0, 255], [0, 255]),
        ("float64", None, [1e300], [1e300]),
    ],
)
def test_values_become_an_array_of_their_type(dtype, missing, cells, expected):
    array = made(Values(dtype, missing), cells)
    assert array.dtype == (object if dtype == "string" else dtype)
    np.testing.assert_array_equal(array, np.array(expected, array.dtype))


@pytest.mark.parametrize(
    ("dtype", "missing", "cells", "row", "takes", "received"),
    [
        ("float32", NAN, [1.0, "2"], 1, "a number, or null", "'2'"),
        ("float32", NAN, [True], 0, "a number, or null", "True"),
        ("float32", None, [None], 0, "a number", "None"),
        ("int64", -(2**63), [1, 2.0], 1, "a whole number (int64), or null", "2.0"),
        ("int64", None, [2**63], 0, "a whole number (int64)", str(2**63)),
        ("uint8", None, [0, 256], 1, "a whole number (uint8)", "256"),
        ("int8", None, [0, -129], 1, "a whole number (int8)", "-129"),
        ("string", "", [5], 0, 'a text, or {"b64": ...}, or null', "5"),
        ("string", "", [{"b64": "?"}], 0, 'bytes in base64: {"b64": "..."}', "'?'"),
        ("string", "", [{"b64": 1}], 0, 'bytes in base64: {"b64": "..."}', "1"),
        ("bool", None, [1], 0, "true or false", "1"),
    ],
)
def test_a_cell_that_does_not_fit_is_named(dtype, missing, cells, row, takes, received):
    with pytest.raises(CellError) as caught:
        Values(dtype, missing).check(cells)
    assert (caught.value.row, caught.value.takes, caught.value.received) == (row, takes, received)


def test_lists_are_filled_up_to_the_longest_and_vectors_are_whole():
    tags = Lists("string", "", None)
    assert made(tags, [["a", "b"], None, [], ["c"]]).tolist() == [
        ["a", "b"],
        ["", ""],
        ["", ""],
        ["c", ""],
    ]
    assert made(tags, [None, []]).shape == (2, 1)
    assert made(tags, [["a"], [{"b64": "Yg=="}]]).tolist() == [["a"], [b"b"]]
    vector = made(Lists("float32", NAN, 2), [[1, 2.5], None])
    np.testing.assert_array_equal(vector, np.array([[1, 2.5], [NAN, NAN]], np.float32))


@pytest.mark.parametrize(
    ("length", "cells", "row", "takes"),
    [
        (None, [["a"], "b"], 1, "a list with "),
        (None, [[], ["a", "b"], ["c", 5]], 2, "a list with "),
        (2, [["a", "b"], ["c"]], 1, "a list with 2 of these: "),
    ],
)
def test_a_list_that_does_not_fit_is_named(length, cells, row, takes):
    with pytest.raises(CellError) as caught:
        Lists("string", "", length).check(cells)
    assert caught.value.row == row
    assert caught.value.takes == takes + 'a text, or {"b64": ...}; or null'
    assert caught.value.received == repr(cells[row])


def test_nested_lists_become_one_tensor():
    array = made(Nested("float32"), [[[1, 2], [3, 4]], [[5, 6], [7, 8.5]]])
    np.testing.assert_array_equal(array, np.array([[[1, 2], [3, 4]], [[5, 6], [7, 8.5]]]))
    assert array.dtype == np.float32
    assert made(Nested("string"), [["a"], ["b"]]).tolist() == [["a"], ["b"]]


@pytest.mark.parametrize("cells", [[[[1, 2], [3]]], [[1, [2]]], [[1], [1, 2]], [["a"]], [[None]]])
def test_nested_lists_of_other_shapes_or_types_are_refused(cells):
    with pytest.raises(CellError):
        Nested("float32").check(cells)


@hypothesis.settings(max_examples=40)
@hypothesis.given(
    st.lists(st.none() | st.lists(st.integers(-(2**63) + 1, 2**63 - 1), max_size=4), min_size=1)
)
def test_rows_of_several_requests_become_what_each_becomes_alone(cells):
    column = Lists("int64", -(2**63), None)
    together = column.array([*column.check(cells)])
    for row, cell in enumerate(cells):
        alone = made(column, [cell])[0]
        assert together[row, : len(alone)].tolist() == alone.tolist()
        assert {*together[row, len(alone) :].tolist()} <= {-(2**63)}
