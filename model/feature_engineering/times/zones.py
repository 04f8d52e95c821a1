"""Time zones: what the clocks of a place show, as a table in the graph.

The tables are made when features are defined, by Python's `zoneinfo`, and travel with the model.
"""

import datetime
import functools
import zoneinfo
from typing import Any, NamedTuple

from model.feature_engineering.times.civil import DAY
from zeroskew.errors import FeatureError, did_you_mean

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
# No clock changed before; what comes later keeps the last clock. None changed twice in 3 days.
_STEP = 3 * DAY
_FIRST, _LAST = (
    int((datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc) - _EPOCH).total_seconds())
    for year in (1800, 2201)
)


class Zone(NamedTuple):
    """The clock of a place.

    Attributes:
        changes: the seconds since 1970 at which the clock changes, in order.
        offsets: seconds that the clock is before UTC: at first, and from each change on.
    """

    changes: tuple[int, ...]
    offsets: tuple[int, ...]

    def local(self, seconds: Any, ops: Any) -> Any:
        """Returns what the clock shows, as seconds since its own 1970.

        Args:
            seconds: since 1970 in UTC, int64 of any shape.
            ops: `tensorflow`, or `array_operations` for arrays.
        """
        if not self.changes:
            return seconds + self.offsets[0]
        return seconds + self._offset(seconds, self.changes, ops)

    def utc(self, local: Any, ops: Any) -> Any:
        """Returns the seconds since 1970 in UTC at which the clock shows this.

        A time that the clock shows twice is the first of them. One that it leaves out is taken
        by the clock from before the change, as Python does.

        Args:
            local: what the clock shows, int64 of any shape.
            ops: as `local` takes them.
        """
        if not self.changes:
            return local - self.offsets[0]
        # Until then the clock from before a change shows what is later, or what is left out.
        pairs = zip(self.changes, self.offsets, self.offsets[1:], strict=False)
        starts = [change + max(before, after) for change, before, after in pairs]
        return local - self._offset(local, tuple(starts), ops)

    def _offset(self, seconds: Any, starts: tuple[int, ...], ops: Any) -> Any:
        sorted_starts = ops.constant(list(starts), "int64")
        flat = ops.reshape(seconds, [-1])
        place = ops.searchsorted(sorted_starts, flat, side="right")
        offsets = ops.gather(ops.constant(list(self.offsets), "int64"), place)
        return ops.reshape(offsets, ops.shape(seconds))


@functools.cache
def find_zone(name: str) -> Zone:
    """Returns the clock of a place, by its name in the tz database, such as ``Europe/Berlin``.

    Raises:
        FeatureError: there is none.
    """
    place = find_place(name)
    changes: list[int] = []
    offsets = [_offset_at(_FIRST, place)]
    for second in range(_FIRST + _STEP, _LAST, _STEP):
        offset = _offset_at(second, place)
        if offset != offsets[-1]:
            changes.append(_change(second - _STEP, second, place))
            offsets.append(offset)
    return Zone(tuple(changes), tuple(offsets))


def find_place(name: str) -> datetime.tzinfo:
    """Returns the time zone of this name, as Python knows it.

    Raises:
        FeatureError: there is none.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise FeatureError(
            "a time zone is one of the tz database",
            allowed="names such as UTC, Europe/Berlin or America/Chicago",
            received=repr(name),
            action=did_you_mean(name, zoneinfo.available_timezones()),
        ) from error


def _offset_at(seconds: int, place: datetime.tzinfo) -> int:
    moment = (_EPOCH + datetime.timedelta(seconds=seconds)).replace(tzinfo=place)
    offset = place.fromutc(moment).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


def _change(before: int, after: int, place: datetime.tzinfo) -> int:
    """Returns the second at which the offset first is what it is at `after`."""
    wanted = _offset_at(after, place)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset_at(middle, place) == wanted:
            after = middle
        else:
            before = middle
    return after
