"""Dates, held against Python's own."""

import datetime

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model.feature_engineering.times.civil import (
    Date,
    date_from_days,
    day_of_week,
    day_of_year,
    days_from_date,
    week,
)

EPOCH = datetime.date(1970, 1, 1)


@settings(max_examples=50)
@given(st.dates())
def test_a_number_of_days_is_the_date_that_python_says(date: datetime.date) -> None:
    days = (date - EPOCH).days
    assert days_from_date(date.year, date.month, date.day) == days
    assert date_from_days(days) == Date(date.year, date.month, date.day)
    assert day_of_week(days) == date.weekday()
    assert day_of_year(days) == date.timetuple().tm_yday
    assert week(days) == date.isocalendar()[1]


@settings(max_examples=50)
@given(st.integers(-(10**12), 10**12))
def test_there_and_back_again_is_the_same_day(days: int) -> None:
    assert days_from_date(*date_from_days(days)) == days


def test_a_day_that_a_month_lacks_is_one_of_the_next_month() -> None:
    assert date_from_days(days_from_date(2023, 2, 30)) == Date(2023, 3, 2)


@settings(max_examples=50)
@given(st.lists(st.dates(), min_size=1, max_size=20))
def test_arrays_and_tensors_of_any_shape_are_computed_alike(dates: list[datetime.date]) -> None:
    days = np.array([[(date - EPOCH).days] * 2 for date in dates], np.int64)
    for values in (days, tf.constant(days)):
        found = date_from_days(values)
        wanted = [[[getattr(date, part)] * 2 for date in dates] for part in Date._fields]
        assert [np.array(one).tolist() for one in found] == wanted
        assert np.array(days_from_date(*found)).tolist() == days.tolist()
        weeks = [[date.isocalendar()[1]] * 2 for date in dates]
        assert np.array(week(values)).tolist() == weeks
