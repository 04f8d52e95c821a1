"""Clocks, held against Python's `zoneinfo`."""

import datetime
import zoneinfo
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model.feature_engineering import array_operations
from model.feature_engineering.times.zones import find_zone
from zeroskew.errors import FeatureError

ZONES = [
    *("UTC", "Europe/Berlin", "America/Chicago", "Asia/Kolkata", "Australia/Lord_Howe"),
    *("Africa/Casablanca", "Africa/Freetown", "Pacific/Apia"),
]
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)
FIRST, LAST = datetime.datetime(1900, 1, 1), datetime.datetime(2200, 12, 31)
engines = pytest.mark.parametrize("ops", [tf, array_operations], ids=["tensors", "arrays"])


def seconds(moment: datetime.datetime) -> int:
    return (moment - EPOCH) // datetime.timedelta(seconds=1)


@engines
@settings(max_examples=50)
@given(st.sampled_from(ZONES), st.lists(st.datetimes(FIRST, LAST), min_size=1, max_size=20))
def test_a_clock_shows_what_pythons_shows(
    ops: Any, name: str, moments: list[datetime.datetime]
) -> None:
    place = zoneinfo.ZoneInfo(name)
    given = ops.constant([seconds(one) for one in moments], "int64")
    shown = [one.replace(tzinfo=UTC).astimezone(place).replace(tzinfo=None) for one in moments]
    assert np.array(find_zone(name).local(given, ops)).tolist() == [seconds(one) for one in shown]
    local = [one.replace(tzinfo=place).astimezone(UTC).replace(tzinfo=None) for one in moments]
    assert np.array(find_zone(name).utc(given, ops)).tolist() == [seconds(one) for one in local]


@engines
@pytest.mark.parametrize("name", ZONES)
def test_so_it_does_around_each_change(ops: Any, name: str) -> None:
    zone, place = find_zone(name), zoneinfo.ZoneInfo(name)
    near = [
        EPOCH + datetime.timedelta(seconds=change + offset + step)
        for change, *offsets in zip(zone.changes, zone.offsets, zone.offsets[1:], strict=False)
        for offset in (0, *offsets)
        for step in (-1, 0, 1)
        if change > seconds(FIRST)
    ] or [FIRST]
    given = ops.constant([seconds(one) for one in near], "int64")
    shown = [one.replace(tzinfo=UTC).astimezone(place).replace(tzinfo=None) for one in near]
    assert np.array(zone.local(given, ops)).tolist() == [seconds(one) for one in shown]
    local = [one.replace(tzinfo=place).astimezone(UTC).replace(tzinfo=None) for one in near]
    assert np.array(zone.utc(given, ops)).tolist() == [seconds(one) for one in local]


def test_values_of_any_shape_keep_it() -> None:
    noon = tf.constant([[43_200, 43_200 + 15_724_800]], tf.int64)
    shown = find_zone("Europe/Berlin").local(noon, tf) - noon
    assert shown.numpy().tolist() == [[3600, 3600]]
    summer = find_zone("Europe/Berlin").local(tf.constant([[1_720_000_000]], tf.int64), tf)
    assert summer.numpy().tolist() == [[1_720_007_200]]


@pytest.mark.parametrize("name", ["Europe/Berlim", "", "../etc/passwd", "a\0b"])
def test_a_place_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(FeatureError, match="a time zone is one of the tz database"):
        find_zone(name)


def test_a_place_that_is_misspelt_is_named() -> None:
    with pytest.raises(FeatureError, match="did you mean 'Europe/Berlin'"):
        find_zone("Europe/Berlim")
