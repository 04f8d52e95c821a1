"""Which format the texts, or unit the numbers, of a column have, if they are dates."""

import dataclasses
import datetime
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from model.feature_engineering.times.format import compile_format
from model.proposals.names import sounds_like_time
from zeroskew.column_facts import ColumnFacts

ENOUGH = 0.95
"""Share of the values that have to be dates."""
_DAYS = (
    *("%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y"),
    *("%d %B %Y", "%B %d, %Y", "%d. %B %Y"),
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_FIRST, _LAST = (
    datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc).timestamp() for year in (1980, 2050)
)
_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000}


@dataclasses.dataclass(frozen=True)
class Dates:
    """How a column says dates.

    Attributes:
        format: of text, as `DateTime` takes it; None for ISO 8601.
        unit: of numbers; empty for text.
        has_time: whether it says the time of day.
        other: the format with day and month the other way round, if the values fit that, too.
    """

    format: str | None = None
    unit: str = ""
    has_time: bool = True
    other: str | None = None


def find_dates(facts: ColumnFacts) -> Dates | None:
    """Returns how a column says dates; None if it does not."""
    if facts.is_list or facts.distinct < 2:
        return None
    return _of_numbers(facts) if facts.type == "INT" else _of_texts(facts)


def first_and_last(
    facts: ColumnFacts, unit: str, format: str | None
) -> tuple[datetime.date, datetime.date]:
    """Returns the first and the last day that a column says.

    Args:
        facts: of the column.
        unit: of numbers; empty for text.
        format: of text; None for ISO 8601.
    """
    if unit:
        span = pc.min_max(facts.values).as_py()
        ends = (_day_of(span[end] / _UNITS[unit]) for end in ("min", "max"))
        return next(ends), next(ends)
    days = [day for day in (_read(text, format) for text in facts.texts) if day]
    return min(days), max(days)


def _day_of(seconds: float) -> datetime.date:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).date()


def _read(text: str, format: str | None) -> datetime.date | None:
    try:
        if format is None:
            return datetime.date.fromisoformat(text[:10])
        return datetime.datetime.strptime(text, format).date()
    except ValueError:
        return None


def _of_numbers(facts: ColumnFacts) -> Dates | None:
    if not sounds_like_time(facts.name):
        return None
    span = pc.min_max(facts.values).as_py()
    for unit, size in _UNITS.items():
        if _FIRST * size <= span["min"] and span["max"] <= _LAST * size:
            return Dates(unit=unit)
    return None


def _of_texts(facts: ColumnFacts) -> Dates | None:
    if facts.type != "BYTES":
        return None
    values = facts.values
    shares = {one: _share(values, one) for one in _formats(values)}
    fitting = [one for one, share in shares.items() if share >= ENOUGH]
    if not fitting:
        return None
    best = max(fitting, key=lambda one: shares[one])
    if best is None:
        return Dates(has_time=_has_clock(values))
    turned = best.translate(str.maketrans("dm", "md"))
    other = turned if turned != best and _share(values, turned) >= ENOUGH else None
    return Dates(best, has_time="%M" in best, other=other)


def _formats(values: pa.Array) -> Iterator[str | None]:
    """Yields the formats that the first values fit."""
    first = values[: min(len(values), 50)]
    for one in (None, *(day + clock for day in _DAYS for clock in _CLOCKS)):
        if _share(first, one) >= ENOUGH / 2:
            yield one


def _share(values: pa.Array, format: str | None) -> float:
    fits = pc.match_substring_regex(values, compile_format(format).text)
    return float(pc.mean(fits.cast(pa.float64())).as_py())


def _has_clock(values: pa.Array) -> bool:
    """Tells whether one is not at midnight."""
    clock = pc.match_substring_regex(values, "[Tt ][0-9]{2}:")
    midnight = pc.match_substring_regex(values, "[Tt ]00:00(?::00(?:[.,]0+)?)?(?:$|[^0-9:.,])")
    return bool(pc.any(pc.and_not(clock, midnight)).as_py())
