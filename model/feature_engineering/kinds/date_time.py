"""A date, with or without a time of day."""

import dataclasses
import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.columns import MISSING_INT, Column, Row, is_missing
from model.feature_engineering.kinds.base import Feature
from model.feature_engineering.kinds.embedding import embedding_width
from model.feature_engineering.kinds.encoding import Encoding, Ids, Output
from model.feature_engineering.times import civil
from model.feature_engineering.times.format import compile_format, parse
from model.feature_engineering.times.zones import find_place, find_zone
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of a date or a time, which comes round again.

    Attributes:
        of: computes it from days since 1970 and seconds of the day, 0 for the first one.
        count: how many there are.
    """

    of: Callable[[Any, Any], Any]
    count: int


PARTS = {
    "month": Part(lambda days, seconds: civil.date_from_days(days).month - 1, 12),
    "week": Part(lambda days, seconds: civil.week(days) - 1, 53),
    "day": Part(lambda days, seconds: civil.date_from_days(days).day - 1, 31),
    "day_of_year": Part(lambda days, seconds: civil.day_of_year(days) - 1, 366),
    "day_of_week": Part(lambda days, seconds: civil.day_of_week(days), 7),
    "hour": Part(lambda days, seconds: seconds // 3600, 24),
    "minute": Part(lambda days, seconds: seconds // 60 % 60, 60),
}
UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000}
"""How many make a second; ``"days"`` are counted apart."""
OUTPUTS = ("cyclic", "id")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DateTime(Feature):
    """A date and time, by its parts and by how long it is after a given day.

    It is read from text, or from whole numbers since 1970, and computed to the second. Text that is
    no date in this format, and a date outside the years 1 to 9999, counts as missing; one more
    input says where it is. Clocks are known from 1800 to 2200.

    Usage::

        DateTime("pickup", time_zone="America/Chicago")              # ISO 8601
        DateTime("born", format="%d.%m.%Y", parts=(), days_since="1990-01-01", scale=3652.5)
        DateTime("clicked", unit="ms", parts=("day_of_week", "hour"), output="id")

    Attributes:
        format: of text, by the directives of Python's `strptime`; None for ISO 8601.
        unit: of numbers: ``"s"``, ``"ms"``, ``"us"`` or ``"days"`` since 1970 in UTC.
        time_zone: whose clock the parts are read from, by its name in the tz database; also the one
            that text means which states no offset from UTC.
        parts: some of ``"month"``, ``"week"`` (of ISO 8601), ``"day"``, ``"day_of_year"``,
            ``"day_of_week"``, ``"hour"`` and ``"minute"``.
        output: what each part becomes: ``"cyclic"``, a point on a circle, or ``"id"``.
        embedding: width of the dense vector that the deep side learns for each id; 0 for none, and
            ``"auto"`` goes by the number of ids.
        days_since: a date such as ``"2020-01-01"``; adds the days from then on, negative before.
        scale: the days that make 1 there.
    """

    KIND: ClassVar[str] = "date_time"
    TYPES: ClassVar[tuple[str, ...]] = ("BYTES", "INT")

    format: str | None = None
    unit: str = "s"
    time_zone: str = "UTC"
    parts: tuple[str, ...] = ("month", "day_of_week", "hour")
    output: str = "cyclic"
    embedding: int | str = 8
    days_since: str | None = None
    scale: float = 365.25

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "parts", tuple(self.parts))
        known = {*self.parts} <= {*PARTS} and len({*self.parts}) == len(self.parts)
        self.require(known, f"parts are some of {(*PARTS,)}, each once", self.parts)
        units = (*UNITS, "days")
        self.require(self.unit in units, f"unit must be one of {units}", self.unit)
        self.require(self.output in OUTPUTS, f"output must be one of {OUTPUTS}", self.output)
        self.require_embedding(self.embedding)
        scaled = math.isfinite(self.scale) and self.scale > 0
        self.require(scaled, "scale must be greater than 0", self.scale)
        something = self.parts or self.days_since is not None
        self.require(bool(something), "it has parts, or days_since", self.parts)
        compile_format(self.format)
        find_place(self.time_zone)
        if self.days_since is not None:
            self.require(
                _day(self.days_since) is not None,
                "days_since must be a date such as '2020-01-01'",
                self.days_since,
            )

    @property
    def outputs(self) -> Sequence[Output]:
        """The parts, the days since then, and whether it is missing."""
        names = [f"{self.key}_{part}" for part in self.parts]
        if self.output == "id":
            ids = [
                Output(name, self._size(part)) for name, part in zip(names, self.parts, strict=True)
            ]
        else:
            ids = [Output(f"{name}_{side}") for name in names for side in ("sin", "cos")]
        days = [Output(f"{self.key}_days")] if self.days_since is not None else []
        return (*ids, *days, Output(f"{self.key}_missing"))

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks the column, and that only text has a format and only numbers a unit."""
        super().check(columns)
        if columns[self.column].type == "BYTES":
            self.require(self.unit == "s", "only numbers have a unit", self.unit)
        else:
            self.require(self.format is None, "only text has a format", self.format)

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Returns the seconds since 1970 in UTC, int64."""
        values = row[self.column]
        if values.dtype == tf.string:
            seconds, known = parse(values, self.format, self.time_zone, tf)
        elif self.unit == "days":
            known = (values >= civil.FIRST_SECOND // civil.DAY) & (
                values <= civil.LAST_SECOND // civil.DAY
            )
            # Numbers beyond any date would be too large to multiply.
            seconds = tf.where(known, values, tf.zeros_like(values)) * civil.DAY
        else:
            seconds = values // UNITS[self.unit]
            known = (seconds >= civil.FIRST_SECOND) & (seconds <= civil.LAST_SECOND)
        return tf.where(known, seconds, tf.constant(MISSING_INT, tf.int64))

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Computes what a clock and a calendar show; nothing is learned."""
        missing = is_missing(values)
        moments = tf.where(missing, tf.zeros_like(values), values)
        local = find_zone(self.time_zone).local(moments, tf)
        days, seconds = local // civil.DAY, local % civil.DAY
        found: list[Any] = []
        for part in (PARTS[name] for name in self.parts):
            found += self._encode_part(part.of(days, seconds), part.count, missing)
        if self.days_since is not None:
            exact = tf.cast(local - civil.DAY * (_day(self.days_since) or 0), tf.float64)
            scaled = tf.cast(exact / (civil.DAY * self.scale), tf.float32)
            found.append(tf.where(missing, 0.0, scaled))
        return [*found, tf.cast(missing, tf.float32)]

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """The deep side gets the points; both sides look the ids up, and get the days."""
        sizes = {output.name: output.size for output in self.outputs}
        ids = [
            Ids(tensors[name], size, embedding_width(self.embedding, size))
            for name, size in sizes.items()
            if size
        ]
        numbers = [tensors[name] for name, size in sizes.items() if size is None]
        points = 0 if self.output == "id" else 2 * len(self.parts)
        return Encoding(wide=numbers[points:], deep=numbers, ids=ids)

    def _encode_part(self, values: Any, count: int, missing: Any) -> list[Any]:
        if self.output == "id":
            return [tf.where(missing, tf.constant(count, tf.int64), values)]
        angle = tf.cast(values, tf.float32) * (2.0 * math.pi / count)
        on_circle = tf.cast(~missing, tf.float32)
        return [tf.sin(angle) * on_circle, tf.cos(angle) * on_circle]

    @staticmethod
    def _size(part: str) -> int:
        """The part's values and one id for missing ones."""
        return PARTS[part].count + 1


def _day(date: str) -> int | None:
    """Returns the days since 1970 of a date, None if it is none."""
    try:
        return (datetime.date.fromisoformat(date) - datetime.date(1970, 1, 1)).days
    except ValueError:
        return None
