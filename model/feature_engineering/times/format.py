"""Dates and times in text, read in the graph.

A format becomes one regular expression. A text that matches is rewritten as its parts, with commas
between them, which are read at once.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from model.feature_engineering.times.civil import (
    DAY,
    FIRST_SECOND,
    LAST_SECOND,
    date_from_days,
    days_from_date,
)
from model.feature_engineering.times.zones import find_zone
from zeroskew.errors import FeatureError

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_OFFSET = "[Zz]|[+-](?:2[0-3]|[01][0-9])(?::?[0-5][0-9])?"

# By directive: the part of a time, and how it is written.
_DIRECTIVES = {
    "Y": ("year", "[0-9]{4}"),
    "y": ("short_year", "[0-9]{2}"),
    "m": ("month", "1[0-2]|0?[1-9]"),
    "b": ("month_name", "(?i:" + "|".join(month[:3] for month in _MONTHS) + ")"),
    "B": ("month_name", "(?i:" + "|".join(_MONTHS) + ")"),
    "d": ("day", "3[01]|[12][0-9]|0?[1-9]"),
    "H": ("hour", "2[0-3]|[01]?[0-9]"),
    "I": ("half_hour", "1[0-2]|0?[1-9]"),
    "p": ("half", "(?i:am|pm)"),
    "M": ("minute", "[0-5]?[0-9]"),
    "S": ("second", "[0-5]?[0-9]"),
    "z": ("offset", _OFFSET),
}
_UNCOUNTED = {"f": "[0-9]+", "%": "%"}
_TEXTS = ("month_name", "half", "offset")


class Pattern(NamedTuple):
    """What a format matches.

    Attributes:
        parts: what its groups stand for, at most nine.
        text: a regular expression of a whole text, in the syntax that RE2 and Python share.
    """

    parts: tuple[str, ...]
    text: str


_ISO = Pattern(
    ("year", "month", "day", "hour", "minute", "second", "offset"),
    "^([0-9]{4})-(1[0-2]|0[1-9])-(3[01]|[12][0-9]|0[1-9])(?:[Tt ](2[0-3]|[01][0-9]):([0-5][0-9])"
    f"(?::([0-5][0-9])(?:[.,][0-9]+)?)?({_OFFSET})?)?$",
)


@functools.cache
def compile_format(format: str | None) -> Pattern:
    """Returns what a format matches.

    Args:
        format: as Python's `strptime` takes it, of %Y %y %m %b %B %d %H %I %p %M %S %f %z and %%;
            None for ISO 8601, such as 2024-02-29, 2024-02-29 13:45 or 2024-02-29T13:45:00.5+01:00.

    Raises:
        FeatureError: it has another directive, one twice, or no full date.
    """
    if format is None:
        return _ISO
    parts: list[str] = []
    text = ""
    for directive, blank, literal in re.findall(r"%(.?)|(\s+)|([^%\s]+)", format):
        if blank or literal:
            text += "[ \t]+" if blank else re.escape(literal)
        elif directive in _DIRECTIVES:
            part, written = _DIRECTIVES[directive]
            parts.append(part)
            text += f"({written})"
        elif directive in _UNCOUNTED:
            text += _UNCOUNTED[directive]
        else:
            _refuse("a format is made of directives that can be read", format)
    _check_parts(parts, format)
    return Pattern(tuple(parts), f"^{text}$")


def _check_parts(parts: Sequence[str], format: str) -> None:
    given = {*parts}
    choices: list[set[str]] = [{"year", "short_year"}, {"month", "month_name"}, {"day"}]
    if any(len(one & given) != 1 for one in choices) or len(given) != len(parts):
        _refuse("a format has a year, a month and a day, and no part twice", format)
    if ("half" in given) != ("half_hour" in given) or {"hour", "half_hour"} <= given:
        _refuse("a format has its hours as %H, or as %I with %p", format)


def _refuse(rule: str, format: str) -> None:
    raise FeatureError(
        rule,
        allowed="%Y or %y, %m, %b or %B, %d, %H or %I with %p, %M, %S, %f, %z and %%",
        received=repr(format),
        action="correct the format in the features file",
    )


def parse(texts: Any, format: str | None, time_zone: str, ops: Any) -> tuple[Any, Any]:
    """Reads dates and times.

    Args:
        texts: of shape [batch].
        format: as `compile_format` takes it.
        time_zone: the clock that a text means which states no offset from UTC.
        ops: `tensorflow`, or `array_operations` for arrays.

    Returns:
        The whole seconds since 1970 in UTC, int64, 0 where there are none; and whether a text is a
        time of the years 1 to 9999 that the calendar has.
    """
    pattern = compile_format(format)
    matches = ops.strings.regex_full_match(texts, pattern.text)
    found = _read(texts, matches, pattern, ops)
    year, month, day = _year(found), _month(found, ops), found["day"]
    days = days_from_date(year, month, day)
    date = date_from_days(days)
    # The 30th of February is a day of March.
    exists = (year > 0) & (date.month == month) & (date.day == day)
    local = days * DAY + _second_of_day(found, ops)
    seconds = find_zone(time_zone).utc(local, ops)
    if "offset" in found:
        stated, offset = _offset(found["offset"], ops)
        seconds = ops.where(stated, local - offset, seconds)
    fits = matches & exists & (seconds >= FIRST_SECOND) & (seconds <= LAST_SECOND)
    return ops.where(fits, seconds, ops.zeros_like(seconds)), fits


def _read(texts: Any, matches: Any, pattern: Pattern, ops: Any) -> dict[str, Any]:
    """Returns the parts of each text: int64, 0 where there is none, or text."""
    count = len(pattern.parts)
    rewrite = ",".join(rf"\{group}" for group in range(1, count + 1))
    lines = ops.strings.regex_replace(texts, pattern.text, rewrite)
    lines = ops.where(matches, lines, ops.constant("," * (count - 1), "string"))
    defaults = [
        ops.constant([b""], "string") if part in _TEXTS else ops.constant([0], "int64")
        for part in pattern.parts
    ]
    return dict(zip(pattern.parts, ops.io.decode_csv(lines, defaults), strict=True))


def _year(found: Mapping[str, Any]) -> Any:
    if "year" in found:
        return found["year"]
    # As POSIX has it: 69 is 1969, and 68 is 2068.
    short = found["short_year"]
    return short + 2000 - 100 * ((short + 31) // 100)


def _month(found: Mapping[str, Any], ops: Any) -> Any:
    if "month" in found:
        return found["month"]
    name = ops.strings.lower(found["month_name"], encoding="utf-8")
    months = enumerate(_MONTHS, start=1)
    return sum(
        number * ops.cast(ops.equal(name, month) | ops.equal(name, month[:3]), "int64")
        for number, month in ((number, month.encode()) for number, month in months)
    )


def _second_of_day(found: Mapping[str, Any], ops: Any) -> Any:
    hour = found.get("hour", 0)
    if "half" in found:
        afternoon = ops.strings.regex_full_match(found["half"], "(?i:pm)")
        hour = found["half_hour"] % 12 + 12 * ops.cast(afternoon, "int64")
    return hour * 3600 + found.get("minute", 0) * 60 + found.get("second", 0)


def _offset(texts: Any, ops: Any) -> tuple[Any, Any]:
    """Returns whether an offset is stated, and the seconds that it is before UTC."""
    pattern = Pattern(("hours", "minutes"), "^[+-]([0-9]{2}):?([0-9]{2})?$")
    found = _read(texts, ops.strings.regex_full_match(texts, pattern.text), pattern, ops)
    seconds = found["hours"] * 3600 + found["minutes"] * 60
    behind = ops.strings.regex_full_match(texts, "-.*")
    return ops.not_equal(texts, b""), ops.where(behind, -seconds, seconds)
