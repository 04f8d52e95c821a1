"""Arithmetic over columns, held against Python's own."""

import math
import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from model.feature_engineering.values import Value
from zeroskew.errors import FeatureError

small = st.integers(-(2**31), 2**31)
# TensorFlow takes what is smaller as 0.
singles = (
    st.just(0.0) | st.floats(2**-90, 2**90, width=32) | st.floats(-(2**90), -(2**-90), width=32)
)
answers = st.none() | st.booleans()


@pytest.fixture(params=["tensors", "arrays"], autouse=True, scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test runs on what the pipeline computes with, and on what a check computes with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[__name__], "ENGINE", request.param)
        yield


ENGINE = "tensors"


def value(values: Any, missing: list[bool], single: bool = False) -> Value:
    if ENGINE == "tensors":
        return Value(tf.constant(values), tf.constant(missing), single)
    is_text = isinstance(values[0], str)
    encoded = [one.encode() for one in values] if is_text else values
    return Value(np.array(encoded, object if is_text else None), np.array(missing), single)


def integers(*values: int | None) -> Value:
    filled = np.array([0 if one is None else one for one in values], np.int64)
    return value(filled, [one is None for one in values])


def floats(*values: float | None) -> Value:
    filled = np.array([0.0 if one is None else one for one in values])
    return value(filled, [one is None for one in values], single=True)


def texts(*values: str) -> Value:
    return value(list(values), [not one for one in values])


def listed(value: Value) -> list[Any]:
    """The values in Python, None where missing."""
    pairs = zip(np.array(value.values).tolist(), np.array(value.missing).tolist(), strict=True)
    return [None if missing else one for one, missing in pairs]


@given(st.lists(st.tuples(small, small), min_size=1))
def test_whole_numbers_are_exact(pairs: Sequence[tuple[int, int]]) -> None:
    left, right = (integers(*side) for side in zip(*pairs, strict=True))
    for operation in (operator.add, operator.sub, operator.mul, operator.lt, operator.eq):
        wanted = [operation(one, other) for one, other in pairs]
        assert listed(operation(left, right)) == wanted
    for operation in (operator.floordiv, operator.mod, operator.truediv):
        wanted = [operation(one, other) if other else None for one, other in pairs]
        assert listed(operation(left, right)) == wanted


def test_durations_between_moments_are_exact() -> None:
    start = integers(1_700_000_000, 1_700_000_001)
    end = integers(1_700_000_007, 1_700_000_013)
    assert listed(end - start) == [7, 12]
    assert np.array((end - start).as_float32()).tolist() == [7.0, 12.0]


@given(st.lists(st.tuples(singles, singles), min_size=1))
def test_other_numbers_are_computed_in_64_bits_and_compared_in_32(
    pairs: Sequence[tuple[float, float]],
) -> None:
    left, right = (floats(*side) for side in zip(*pairs, strict=True))
    assert listed(left + right) == [one + other for one, other in pairs]
    narrowed = [(np.float32(0.2 * one), np.float32(other)) for one, other in pairs]
    assert listed(0.2 * left > right) == [bool(one > other) for one, other in narrowed]


def test_a_fifth_of_what_a_column_holds_in_32_bits_is_that_number() -> None:
    tips, fare = floats(2.21, 2.2), floats(11.05, 11.0)
    assert listed(tips == 0.2 * fare) == [True, True]
    assert listed(tips > 0.2 * fare) == [False, False]


@pytest.mark.parametrize(
    ("computed", "wanted"),
    [
        (lambda: integers(1, None) + 1, [2, None]),
        (lambda: 1 - integers(1, None), [0, None]),
        (lambda: floats(None, 4.0) / 2, [None, 2.0]),
        (lambda: 1 / floats(0.0, 4.0), [None, 0.25]),
        (lambda: 7 // integers(0, 2), [None, 3]),
        (lambda: -7 % integers(None, 4), [None, 1]),
        (lambda: 2 * integers(3, 4) ** 2, [18.0, 32.0]),
        (lambda: -integers(3, None), [-3, None]),
        (lambda: abs(floats(-1.5, None)), [1.5, None]),
        (lambda: floats(1.0, -1.0, 0.0).log(), [0.0, None, None]),
        (lambda: floats(4.0, -1.0).sqrt(), [2.0, None]),
        (lambda: floats(0.0, 1e6).exp(), [1.0, None]),
        (lambda: integers(5, None) > 4, [True, None]),
        (lambda: integers(5, None).is_missing(), [False, True]),
        (lambda: integers(5, None).or_else(0), [5, 0]),
        (lambda: texts("Yes", "").or_else("No") == "Yes", [True, False]),
        (lambda: texts("Yes", "no", "") == "Yes", [True, False, None]),
        (lambda: texts("Yes", "no", "") != "Yes", [False, True, None]),
        (lambda: texts("ÄB", "").lower() == "äb", [True, None]),
        (lambda: texts("a-17", "b").matches("a-[0-9]+"), [True, False]),
        (lambda: texts("größe", "").length(), [5, None]),
        (lambda: texts("a", "b", "").is_in(["a", "c"]), [True, False, None]),
        (lambda: integers(1, 2, None).is_in([2, 3]), [False, True, None]),
        (lambda: (integers(1, 3) > 2) + (integers(4, 5) > 4), [0, 2]),
    ],
)
def test_what_needs_a_missing_value_is_missing(computed: Callable[[], Value], wanted: list) -> None:
    assert listed(computed()) == wanted


@given(st.lists(st.tuples(answers, answers), min_size=1))
def test_yes_and_no_are_combined_as_sql_combines_them(
    pairs: Sequence[tuple[bool | None, bool | None]],
) -> None:
    numbers = {None: None, True: 1, False: 0}
    left, right = (
        integers(*(numbers[one] for one in side)) > 0 for side in zip(*pairs, strict=True)
    )

    def both(one: bool | None, other: bool | None) -> bool | None:
        if one is False or other is False:
            return False
        return None if None in (one, other) else True

    def opposite(one: bool | None) -> bool | None:
        return None if one is None else not one

    assert listed(left & right) == [both(*pair) for pair in pairs]
    assert listed(left | right) == [
        opposite(both(opposite(one), opposite(other))) for one, other in pairs
    ]
    assert listed(~left) == [opposite(one) for one, _ in pairs]
    assert np.array((left & right).as_bool()).tolist() == [both(*pair) is True for pair in pairs]


def test_what_comes_out_is_nan_where_missing() -> None:
    found = np.array(floats(1.5, None).as_float32())
    assert found.dtype == np.float32
    assert found[0] == 1.5
    assert math.isnan(found[1])


@pytest.mark.parametrize(
    ("mistake", "rule"),
    [
        (lambda: integers(1) > 0 and integers(2) > 0, "computes with all rows at once"),
        (lambda: 0 < integers(1) < 3, "computes with all rows at once"),
        (lambda: 1 if integers(1) > 0 else 2, "computes with all rows at once"),
        (lambda: integers(1) in [1, 2], "computes with all rows at once"),
        (lambda: list(integers(1)), "computes with all rows at once"),
        (lambda: texts("a") + 1, "needs a number"),
        (lambda: texts("a") > "b", "text has no order"),
        (lambda: texts("a") == 1, "needs text"),
        (lambda: integers(1).lower(), "needs text"),
        (lambda: integers(1) & True, "needs a yes or a no"),
        (lambda: integers(1) + None, "computes with columns, numbers and text"),
        (lambda: texts("a").is_in("abc"), "takes a list of values"),
        (lambda: texts("a").is_in([]), "takes a list of values"),
    ],
)
def test_mistakes_are_named(mistake: Callable[[], Any], rule: str) -> None:
    with pytest.raises(FeatureError, match=rule):
        mistake()
