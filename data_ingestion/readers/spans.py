"""Spans: data that comes in portions, by number or by day, and in versions of each.

The placeholders are TFX's: `{SPAN}`, `{VERSION}`, and `{YYYY}`, `{MM}`, `{DD}` for a day, which is
the span of that many days since 1970-01-01. `{SPAN:3}` and `{VERSION:2}` say how many digits.
"""

import dataclasses
import datetime
import glob
import re
from collections.abc import Sequence

from zeroskew.errors import DataError, SettingsError

_PLACEHOLDER = re.compile(r"\{(SPAN|VERSION|YYYY|MM|DD)(?::(\d+))?\}")
_ANY_BRACES = re.compile(r"\{[^/{}]*\}")
_DIGITS = {"YYYY": 4, "MM": 2, "DD": 2}
_ALLOWED = "{SPAN}, or {YYYY}, {MM} and {DD}, each once, and {VERSION} besides"


@dataclasses.dataclass(frozen=True, order=True)
class Span:
    """One portion.

    Attributes:
        number: the greater, the later.
        version: the greatest there is; None if the pattern has no `{VERSION}`.
        path: the pattern with all placeholders filled in.
    """

    number: int
    version: int | None
    path: str


def has_placeholders(pattern: str) -> bool:
    """Tells whether data comes in spans."""
    return bool(_ANY_BRACES.search(pattern))


def find_spans(pattern: str) -> list[Span]:
    """Finds all spans, each in its latest version, the earliest first.

    Args:
        pattern: a path with placeholders; `*` and `?` stand for what may vary besides.

    Raises:
        SettingsError: the placeholders do not make a span.
        DataError: there is no span.
    """
    _check(pattern)
    match = re.compile(_as_regex(pattern))
    found: dict[int, Span] = {}
    for path in glob.glob(_PLACEHOLDER.sub("*", pattern).replace("[", "[[]")):
        matched = match.fullmatch(path)
        if matched and (number := _number(matched.groupdict())) is not None:
            version = matched.groupdict().get("VERSION")
            span = Span(number, None if version is None else int(version), _fill(pattern, matched))
            latest = found.get(number)
            if latest is None or (span.version or 0) > (latest.version or 0):
                found[number] = span
    if not found:
        raise DataError(
            "the data must hold at least one span",
            allowed=f"files or folders that fit {pattern}",
            received="none",
            action="check the path given with --data or in the settings",
        )
    return sorted(found.values())


def select(spans: Sequence[Span], window: int, last: int | None = None) -> list[Span]:
    """Returns the last `window` spans, up to the one with number `last` if it is given."""
    return [span for span in spans if last is None or span.number <= last][-window:]


def _check(pattern: str) -> None:
    names = [match.group(1) for match in _PLACEHOLDER.finditer(pattern)]
    by_number, by_day = names.count("SPAN") == 1, {"YYYY", "MM", "DD"} <= set(names)
    unknown = _ANY_BRACES.sub("", _PLACEHOLDER.sub("", pattern)) != _PLACEHOLDER.sub("", pattern)
    parts = len(names) - names.count("VERSION")
    if (
        unknown
        or by_number == by_day
        or parts != (1 if by_number else 3)
        or names.count("VERSION") > 1
    ):
        raise SettingsError(
            "a path with spans must say which span a file belongs to",
            allowed=_ALLOWED,
            received=pattern,
            action="correct the placeholders",
        )


def _as_regex(pattern: str) -> str:
    parts, place = [], 0
    for match in _PLACEHOLDER.finditer(pattern):
        name, width = match.group(1), match.group(2) or _DIGITS.get(match.group(1))
        parts += [_literal(pattern[place : match.start()])]
        parts += [rf"(?P<{name}>\d{{{width}}})" if width else rf"(?P<{name}>\d+)"]
        place = match.end()
    return "".join([*parts, _literal(pattern[place:])])


def _literal(text: str) -> str:
    return re.escape(text).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")


def _fill(pattern: str, matched: re.Match[str]) -> str:
    return _PLACEHOLDER.sub(lambda placeholder: matched[placeholder.group(1)], pattern)


def _number(found: dict[str, str]) -> int | None:
    if "SPAN" in found:
        return int(found["SPAN"])
    try:
        day = datetime.date(int(found["YYYY"]), int(found["MM"]), int(found["DD"]))
    except ValueError:
        return None
    return (day - datetime.date(1970, 1, 1)).days
