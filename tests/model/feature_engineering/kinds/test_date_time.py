"""Dates as features, held against Python's own dates."""

import datetime
import zoneinfo
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model import DateTime
from model.feature_engineering.columns import MISSING_INT, Column
from model.feature_engineering.kinds.date_time import PARTS
from model.feature_engineering.together import transform_together
from zeroskew.errors import FeatureError

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
REFERENCE: dict[str, Callable[[datetime.datetime], int]] = {
    "month": lambda at: at.month - 1,
    "week": lambda at: at.isocalendar()[1] - 1,
    "day": lambda at: at.day - 1,
    "day_of_year": lambda at: at.timetuple().tm_yday - 1,
    "day_of_week": lambda at: at.weekday(),
    "hour": lambda at: at.hour,
    "minute": lambda at: at.minute,
}
ALL = tuple(PARTS)


def transformed(feature: DateTime, values: list[Any]) -> dict[str, list[Any]]:
    dtype = tf.string if isinstance(values[0], str) else tf.int64
    row = {feature.column: tf.constant(values, dtype)}
    outputs = transform_together([feature], row, {}, ())[0]
    return {name.split("_xf_")[1]: one.numpy().tolist() for name, one in outputs.items()}


@settings(max_examples=25)
@given(
    st.lists(
        st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2200, 12, 1)), min_size=1
    ),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Chicago", "Asia/Kolkata"]),
)
def test_each_part_is_what_python_says(moments: list[datetime.datetime], time_zone: str) -> None:
    feature = DateTime(
        "at", parts=ALL, output="id", time_zone=time_zone, days_since="2020-02-29", scale=1
    )
    place = zoneinfo.ZoneInfo(time_zone)
    aware = [one.replace(tzinfo=UTC) for one in moments]
    found = transformed(feature, [one.isoformat() for one in aware])
    local = [one.astimezone(place) for one in aware]
    for part in ALL:
        assert found[part] == [REFERENCE[part](one) for one in local], part
    since = [
        one.replace(tzinfo=None, microsecond=0) - datetime.datetime(2020, 2, 29) for one in local
    ]
    assert found["days"] == [np.float32(one.total_seconds() / 86_400) for one in since]
    assert found["missing"] == [0.0] * len(moments)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "days"])
def test_numbers_since_1970_are_read_in_their_unit(unit: str) -> None:
    seconds = [0, 86_400, 1_719_792_000, -86_400, -62_135_596_800]
    each = {"s": 1, "ms": 1_000, "us": 1_000_000}
    values = [one // 86_400 if unit == "days" else one * each[unit] for one in seconds]
    feature = DateTime("at", parts=("day", "month", "hour"), output="id", unit=unit)
    extremes = [MISSING_INT, MISSING_INT + 1, 2**63 - 1]
    found = transformed(feature, values + extremes)
    assert found["day"] == [0, 1, 0, 30, 0, 31, 31, 31]
    assert found["month"] == [0, 0, 6, 11, 0, 12, 12, 12]
    assert found["hour"] == [0] * 5 + [24] * 3
    assert found["missing"] == [0.0] * 5 + [1.0] * 3


def test_a_moment_just_before_a_second_is_of_the_second_before() -> None:
    feature = DateTime("at", unit="ms", parts=("minute",), output="id")
    assert transformed(feature, [59_999, 60_000, -1])["minute"] == [0, 1, 59]


def test_a_part_lies_at_its_angle_and_a_missing_one_at_the_centre() -> None:
    feature = DateTime("at", parts=("hour", "month"))
    found = transformed(feature, ["2024-01-01T06:00", "2024-04-01T18:00", "", "2024-02-30"])
    np.testing.assert_allclose(found["hour_sin"], [1, -1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(found["hour_cos"], [0, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(found["month_sin"], [0, 1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(found["month_cos"], [1, 0, 0, 0], atol=1e-6)
    assert found["missing"] == [0, 0, 1, 1]


def test_a_run_of_transform_reads_text_by_the_clock_of_the_place(world: Any) -> None:
    ids = {part: world.transformed[f"moment_ids_xf_{part}"][:5].tolist() for part in ALL}
    assert ids["hour"] == [0, 1, 12, 24, 24]
    assert ids["day_of_week"] == [6, 6, 0, 7, 7]
    sines = world.transformed["moment_xf_hour_sin"][:5]
    # Summer began in Berlin between the first two: 01:59:59, then 03:00:00.
    np.testing.assert_allclose(
        sines, [np.sin(2 * np.pi * hour / 24) for hour in (1, 3, 12)] + [0, 0], atol=1e-6
    )
    days = world.transformed["moment_xf_days"][:5] * 365.25
    np.testing.assert_allclose(days, [90.083, 90.125, 182.521, 0, 0], atol=1e-3)
    assert world.transformed["moment_xf_missing"][:5].tolist() == [0, 0, 0, 1, 1]


def test_a_run_of_transform_reads_a_format_and_numbers(world: Any) -> None:
    # There is no 29th of February 2023; row 29 repeats row 0.
    missing = world.transformed["day_xf_missing"]
    assert np.flatnonzero(missing).tolist() == [28]
    assert world.transformed["day_xf_days"][[0, 27]].tolist() == [-334.0, -307.0]
    moments = [EPOCH + datetime.timedelta(milliseconds=one or 0) for one in world.table["epoch"]]
    place = zoneinfo.ZoneInfo("America/Chicago")
    hours = np.array([one.astimezone(place).hour for one in moments])
    wanted = np.where([one is None for one in world.table["epoch"]], 0, np.sin(np.pi * hours / 12))
    np.testing.assert_allclose(world.transformed["epoch_xf_hour_sin"], wanted, atol=1e-6)
    assert world.transformed["no_date_xf_missing"].tolist() == [1.0] * 30


def test_the_deep_side_gets_the_points_and_both_sides_the_days(encode: Any) -> None:
    encoding = encode(DateTime("at", parts=("hour",), days_since="2020-01-01"))
    names = ["at_xf_hour_sin", "at_xf_hour_cos", "at_xf_days", "at_xf_missing"]
    assert [one.name for one in encoding.deep] == names
    assert [one.name for one in encoding.wide] == names[2:]
    assert encoding.ids == []


def test_the_network_looks_each_id_up(encode: Any) -> None:
    encoding = encode(DateTime("at", parts=("hour", "day"), output="id", embedding=3))
    ids = [(one.tensor.name, one.size, one.embedding) for one in encoding.ids]
    assert ids == [("at_xf_hour", 25, 3), ("at_xf_day", 32, 3)]
    assert [one.name for one in encoding.wide] == ["at_xf_missing"]
    assert [one.name for one in encoding.deep] == ["at_xf_missing"]
    by_rule = encode(DateTime("at", parts=("hour", "day"), output="id", embedding="auto"))
    assert [one.embedding for one in by_rule.ids] == [10, 11]


def test_a_line_becomes_plain_values_and_comes_back() -> None:
    feature = DateTime("at", parts=["hour"], time_zone="Asia/Kolkata", days_since="2020-01-01")
    values = feature.to_dict()
    assert values.pop("kind") == "date_time"
    assert DateTime(**values) == feature
    assert values["parts"] == ("hour",)


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"parts": ("hours",)}, "parts are some of"),
        ({"parts": ("hour", "hour")}, "parts are some of"),
        ({"unit": "h"}, "unit must be one of"),
        ({"output": "ids"}, "output must be one of"),
        ({"embedding": -1}, "embedding must be at least 0"),
        ({"scale": 0.0}, "scale must be greater than 0"),
        ({"parts": ()}, "it has parts, or days_since"),
        ({"days_since": "yesterday"}, "days_since must be a date"),
        ({"time_zone": "Mars"}, "a time zone is one of the tz database"),
        ({"format": "%Q"}, "directives that can be read"),
    ],
)
def test_mistakes_in_the_line_are_named(arguments: dict[str, Any], rule: str) -> None:
    with pytest.raises(FeatureError, match=rule):
        DateTime("at", **arguments)


@pytest.mark.parametrize(
    ("arguments", "kind", "rule"),
    [
        ({}, "FLOAT", "cannot read this type of column"),
        ({"format": "%Y-%m-%d"}, "INT", "only text has a format"),
        ({"unit": "ms"}, "BYTES", "only numbers have a unit"),
    ],
)
def test_a_column_that_does_not_fit_is_refused(
    arguments: dict[str, Any], kind: str, rule: str
) -> None:
    with pytest.raises(FeatureError, match=rule):
        DateTime("at", **arguments).check({"at": Column("at", kind)})
