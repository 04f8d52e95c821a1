"""What a lambda of the features file computes with dates and times."""

import abc
from typing import Any, Generic, TypeVar

from model.feature_engineering.times.civil import DAY, day_of_week
from model.feature_engineering.times.format import parse
from model.feature_engineering.times.zones import find_zone

Computed = TypeVar("Computed")


class TimeValues(abc.ABC, Generic[Computed]):
    """The part of a `Value` that knows about time.

    A moment is a whole number of seconds since 1970 in UTC, negative before.

    Usage::

        lambda row: row["end"].seconds() - row["start"].seconds()
        lambda row: row["pickup"].seconds("%m/%d/%Y %I:%M %p", "America/Chicago") // 60
        lambda row: row["pickup_epoch"].day_of_week("America/Chicago") >= 5
    """

    def seconds(self, format: str | None = None, time_zone: str = "UTC") -> Computed:
        """Reads the text as a moment; missing where it is none.

        Args:
            format: of Python's `strptime`, see `compile_format`; None for ISO 8601.
            time_zone: of a text that states no offset from UTC.
        """
        moments, known = parse(self._text(), format, time_zone, self.ops)
        return self._made(moments, self.missing | ~known)

    def hour(self, time_zone: str = "UTC") -> Computed:
        """Returns the hour of the day of moments, 0 to 23.

        Args:
            time_zone: where.
        """
        return self._made(self._local(time_zone) % DAY // 3600, self.missing)

    def day_of_week(self, time_zone: str = "UTC") -> Computed:
        """Returns the day of moments, 0 for a Monday to 6 for a Sunday.

        Args:
            time_zone: where.
        """
        return self._made(day_of_week(self._local(time_zone) // DAY), self.missing)

    missing: Any

    @property
    @abc.abstractmethod
    def ops(self) -> Any:
        """TensorFlow, or what stands for it on arrays."""

    @abc.abstractmethod
    def _text(self) -> Any:
        """The values, which are text."""

    @abc.abstractmethod
    def _whole(self) -> Any:
        """The values, which are whole numbers."""

    @abc.abstractmethod
    def _made(self, values: Any, missing: Any) -> Computed:
        """Returns a value."""

    def _local(self, time_zone: str) -> Any:
        return find_zone(time_zone).local(self._whole(), self.ops)
