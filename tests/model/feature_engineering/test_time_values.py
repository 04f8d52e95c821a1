"""Dates and times in expressions, held against Python's own."""

import datetime
import sys
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model import Amount, FeatureSet, Numeric
from model.feature_engineering.columns import Column
from model.feature_engineering.expressions import compute, outline
from model.feature_engineering.values import Value
from zeroskew.errors import FeatureError

ENGINE = "tensors"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
COLUMNS = {"start": Column("start", "BYTES"), "end": Column("end", "BYTES")}


@pytest.fixture(params=["tensors", "arrays"], autouse=True, scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[__name__], "ENGINE", request.param)
        yield


def value(values: Any, missing: list[bool]) -> Value:
    if ENGINE == "tensors":
        return Value(tf.constant(values), tf.constant(missing))
    return Value(np.array(values, object if isinstance(values, list) else None), np.array(missing))


def texts(*values: str) -> Value:
    return value([one.encode() for one in values], [not one for one in values])


def whole(*values: int | None) -> Value:
    numbers = np.array([one or 0 for one in values], np.int64)
    return value(numbers, [one is None for one in values])


def listed(value: Value) -> list[Any]:
    pairs = zip(np.array(value.values).tolist(), np.array(value.missing).tolist(), strict=True)
    return [None if missing else one for one, missing in pairs]


@pytest.mark.parametrize(
    ("computed", "wanted"),
    [
        (lambda: texts("1970-01-02", "", "soon").seconds(), [86_400, None, None]),
        (lambda: texts("1970-01-01T02:00", "1969-12-31").seconds(), [7_200, -86_400]),
        (lambda: texts("01.07.1970", "1970-07-01").seconds("%d.%m.%Y"), [15_638_400, None]),
        (
            lambda: texts("2024-07-01", "2024-07-01T00:00Z").seconds(time_zone="Europe/Berlin"),
            [1_719_784_800, 1_719_792_000],
        ),
        (lambda: texts("2024-01-02").seconds() - texts("2024-01-01").seconds(), [86_400]),
        (lambda: texts("2024-01-02").seconds() - texts("never").seconds(), [None]),
        (lambda: texts("2024-02-29", "x").seconds().day_of_week(), [3, None]),
        (lambda: whole(0, -1, None, 1_719_784_800).hour(), [0, 23, None, 22]),
        (lambda: whole(0, 1_719_784_800).hour("Europe/Berlin"), [1, 0]),
        (lambda: whole(0, 1_719_784_800).day_of_week("Europe/Berlin"), [3, 0]),
        (lambda: whole(0).day_of_week().is_in([3, 4]), [True]),
    ],
)
def test_moments_are_exact_and_missing_where_there_is_none(
    computed: Callable[[], Value], wanted: list[Any]
) -> None:
    assert listed(computed()) == wanted


@settings(max_examples=50)
@given(
    st.lists(st.integers(-(2**31), 7 * 10**9), min_size=1, max_size=20),
    st.sampled_from(["UTC", "America/Chicago", "Asia/Kolkata"]),
)
def test_hours_and_days_are_those_of_python(seconds: list[int], time_zone: str) -> None:
    place = zoneinfo.ZoneInfo(time_zone)
    moments = [(EPOCH + datetime.timedelta(seconds=one)).astimezone(place) for one in seconds]
    assert listed(whole(*seconds).hour(time_zone)) == [one.hour for one in moments]
    assert listed(whole(*seconds).day_of_week(time_zone)) == [one.weekday() for one in moments]


@pytest.mark.parametrize(
    ("mistake", "rule"),
    [
        (lambda: whole(1).seconds(), "needs text"),
        (lambda: texts("a").hour(), "needs a whole number"),
        (lambda: (whole(1) / 2).day_of_week(), "needs a whole number"),
        (lambda: texts("a").seconds("%Q"), "directives that can be read"),
        (lambda: texts("a").seconds(time_zone="Nowhere"), "one of the tz database"),
    ],
)
def test_mistakes_are_named(mistake: Callable[[], Any], rule: str) -> None:
    with pytest.raises(FeatureError, match=rule):
        mistake()


def test_a_label_is_the_time_between_two_dates() -> None:
    def minutes(row: Any) -> Any:
        return (row["end"].seconds() - row["start"].seconds()) / 60

    label = Amount("minutes", minutes, uses=("start", "end"), known_before=("start",))
    FeatureSet(
        label=label,
        features=[
            Numeric("hour", value=lambda row: row["start"].seconds().hour(), uses=("start",))
        ],
    ).check(COLUMNS)
    assert outline("label 'minutes'", minutes, ("start", "end"), COLUMNS) == "a number"
    row = {
        "start": tf.constant(["2024-01-01T10:00", "2024-01-01T10:00", ""]),
        "end": tf.constant(["2024-01-01T10:07:30", "later", "2024-01-01"]),
    }
    found = compute("label 'minutes'", minutes, row, ("start", "end"))
    known, numbers = label.plain(found)
    assert known.numpy().tolist() == [True, False, False]
    assert numbers.numpy()[0] == 7.5
