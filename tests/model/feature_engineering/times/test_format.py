"""Dates and times in text, held against Python's own reading."""

import datetime
import zoneinfo
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model.feature_engineering import array_operations
from model.feature_engineering.times.format import compile_format, parse
from zeroskew.errors import FeatureError

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime.datetime(1900, 1, 1), datetime.datetime(2200, 12, 31)
ZONES = ["UTC", "Europe/Berlin", "America/New_York"]
FORMATS = [
    *("%Y-%m-%d", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%y%m%d%H%M%S", "%d %B %Y, %H h"),
    *("%d-%b-%Y %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S%z", "100%% %Y (%m) [%d]", "%b %d %Y"),
]
engines = pytest.mark.parametrize("ops", [tf, array_operations], ids=["tensors", "arrays"])
moments = st.datetimes(FIRST, LAST)
offsets = st.integers(-23 * 60, 23 * 60).map(
    lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes))
)


def read(
    texts: list[str], ops: Any, format: str | None = None, time_zone: str = "UTC"
) -> list[int | None]:
    """The seconds that are read, None where nothing can be."""
    given = tf.constant(texts) if ops is tf else np.array([one.encode() for one in texts], object)
    seconds, fits = (np.array(one).tolist() for one in parse(given, format, time_zone, ops))
    return [one if known else None for one, known in zip(seconds, fits, strict=True)]


def seconds(moment: datetime.datetime, time_zone: str = "UTC") -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zoneinfo.ZoneInfo(time_zone))
    return (aware.astimezone(UTC) - EPOCH) // datetime.timedelta(seconds=1)


@engines
@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            moments, st.none() | offsets, st.sampled_from("T "), st.sampled_from(["seconds", None])
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(ZONES),
)
def test_what_python_writes_as_iso_8601_is_read(ops: Any, cases: Any, time_zone: str) -> None:
    aware = [moment.replace(tzinfo=offset) for moment, offset, *_ in cases]
    texts = [
        one.isoformat(separator, timespec or "microseconds")
        for one, (*_, separator, timespec) in zip(aware, cases, strict=True)
    ]
    assert read(texts, ops, None, time_zone) == [seconds(one, time_zone) for one in aware]


@engines
@settings(max_examples=50)
@given(st.sampled_from(FORMATS), st.lists(moments, min_size=1, max_size=20), st.sampled_from(ZONES))
def test_a_format_reads_what_pythons_reads(
    ops: Any, format: str, moments: list[datetime.datetime], time_zone: str
) -> None:
    texts = [one.replace(tzinfo=UTC).strftime(format) for one in moments]
    wanted = [seconds(datetime.datetime.strptime(one, format), time_zone) for one in texts]
    assert read(texts, ops, format, time_zone) == wanted


@engines
def test_forms_of_iso_8601(ops: Any) -> None:
    day = 1_706_659_200
    wanted = {
        "2024-01-31": day,
        "2024-01-31T10:30": day + 37_800,
        "2024-01-31 10:30:15": day + 37_815,
        "2024-01-31t10:30:15,999999999z": day + 37_815,
        "2024-01-31T10:30:15+05:30": day + 37_815 - 19_800,
        "2024-01-31T10:30:15-0030": day + 37_815 + 1_800,
        "2024-01-31T10:30-08": day + 37_800 + 28_800,
        "0001-01-01": -62_135_596_800,
        "9999-12-31T23:59:59": 253_402_300_799,
        "2024-02-29": 1_709_164_800,
    }
    assert read(list(wanted), ops) == list(wanted.values())


@engines
def test_what_is_no_time_is_missing(ops: Any) -> None:
    texts = [
        *("", " ", "n/a", "2024", "2024-01", "31.01.2024", "2024-1-31", "24-01-31", "2024-01-31T"),
        *("2024-02-30", "2023-02-29", "1900-02-29", "2024-04-31", "2024-13-01", "2024-00-10"),
        *("2024-01-00", "0000-01-01", "2024-01-31T24:00", "2024-01-31T10:60", "2024-01-31T10"),
        *("2024-01-31T10:30:60", "2024-01-31T10:30:15.", "2024-01-31+01:00", "2024-01-31T10:30+1"),
        *(" 2024-01-31", "2024-01-31 ", "2024-01-31\n", "2024-01-31\nx", "-2024-01-31", "12,1,1"),
        *("0001-01-01T00:00+01:00", "9999-12-31T23:59:59-00:01", "\u0662024-01-31", "1,2,3\n4"),
    ]
    assert read(texts, ops) == [None] * len(texts)


@engines
@settings(max_examples=50)
@given(st.lists(st.text(max_size=12) | st.text("0123456789-T:Z+ ", max_size=12), min_size=1))
def test_no_text_fails(ops: Any, texts: list[str]) -> None:
    assert len(read(texts, ops)) == len(texts)


@engines
def test_bytes_that_are_no_text_are_missing(ops: Any) -> None:
    given = ops.constant([b"\xff2024-01-31", b"2024-01-31\xfe"], "string")
    assert np.array(parse(given, None, "UTC", ops)[1]).tolist() == [False, False]


@engines
def test_a_clock_that_shows_a_time_twice_or_never_is_read_as_python_reads_it(ops: Any) -> None:
    texts = ["2024-10-27 02:30", "2024-03-31 02:30", "2024-10-27 02:30+01:00"]
    assert read(texts, ops, None, "Europe/Berlin") == [
        seconds(datetime.datetime(2024, 10, 27, 2, 30), "Europe/Berlin"),
        seconds(datetime.datetime(2024, 3, 31, 2, 30), "Europe/Berlin"),
        seconds(datetime.datetime(2024, 10, 27, 1, 30)),
    ]


@engines
def test_no_texts_are_no_times(ops: Any) -> None:
    found = parse(ops.constant([], "string"), None, "Europe/Berlin", ops)
    assert [np.array(one).tolist() for one in found] == [[], []]


@pytest.mark.parametrize(
    ("format", "rule"),
    [
        *(("%Y-%m", "a year, a month and a day"), ("%Y-%m-%d %m", "no part twice")),
        *(("%Y-%m-%b-%d", "no part twice"), ("%Y %y %m %d", "no part twice")),
        *(("%Y-%m-%d %j", "directives that can be read"), ("%Y-%m-%d%", "directives that can")),
        *(("%Y-%m-%d %I", "hours as %H, or as %I with %p"), ("", "a year, a month and a day")),
        *(("%Y-%m-%d %H %I %p", "hours as %H"), ("%Y-%m-%d %H %p", "hours as %H")),
    ],
)
def test_formats_that_cannot_be_read_are_refused(format: str, rule: str) -> None:
    with pytest.raises(FeatureError, match=rule):
        compile_format(format)
