"""Days since 1970 to dates of the Gregorian calendar, and back.

Only whole numbers are computed with, and only by operators, so that a number, an array and a
tensor of type int64 will do alike. Months are counted from March here: the day that a leap year
adds is then its last one.

Source of the arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).
"""

from typing import Any, NamedTuple

DAY = 86_400
"""Seconds of a day."""
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
"""The first of the year 1 and the last of the year 9999."""

_DAYS_OF_400_YEARS = 146_097
_DAYS_BEFORE_1970 = 719_468


class Date(NamedTuple):
    """A date, or many.

    Attributes:
        year: 1 to 9999.
        month: 1 to 12.
        day: 1 to 31.
    """

    year: Any
    month: Any
    day: Any


def days_from_date(year: Any, month: Any, day: Any) -> Any:
    """Returns the days since 1970 of a date; a day too many is one of the next month."""
    from_march = year - (14 - month) // 12
    era = from_march // 400
    year_of_era = from_march - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * _DAYS_OF_400_YEARS + day_of_era - _DAYS_BEFORE_1970


def date_from_days(days: Any) -> Date:
    """Returns the date of days since 1970."""
    shifted = days + _DAYS_BEFORE_1970
    era = shifted // _DAYS_OF_400_YEARS
    day_of_era = shifted - era * _DAYS_OF_400_YEARS
    leap_days = day_of_era // 1460 - day_of_era // 36_524 + day_of_era // 146_096
    year_of_era = (day_of_era - leap_days) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    # Months 10 and 11 from March are January and February of the next year.
    year = year_of_era + era * 400 + month_from_march // 10
    return Date(year, (month_from_march + 2) % 12 + 1, day)


def day_of_week(days: Any) -> Any:
    """Returns 0 for a Monday to 6 for a Sunday."""
    return (days + 3) % 7


def day_of_year(days: Any) -> Any:
    """Returns 1 to 366."""
    return days - days_from_date(date_from_days(days).year, _like(days, 1), 1) + 1


def week(days: Any) -> Any:
    """Returns the number of the week as ISO 8601 counts, 1 to 53."""
    # A week is of the year that its Thursday is of.
    return (day_of_year(days - day_of_week(days) + 3) - 1) // 7 + 1


def _like(days: Any, number: int) -> Any:
    return days * 0 + number
