"""Distributions of a column in several data sets, over bars that they share."""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from tensorflow_metadata.proto.v0 import statistics_pb2

from data_ingestion.statistics import statistics_view
from pipeline.report.pictures import Bar, bars
from pipeline.report.text import amount, percent, plain

_BARS = 12
_VALUES = 8
_NEAR = 1e-6
_SHARE_INSIDE = 0.8
"""If a tenth of the range holds so many of the values, the picture shows that tenth, and some."""


@dataclasses.dataclass(frozen=True)
class Distribution:
    """How a column is distributed.

    Attributes:
        names: of the data sets.
        bars: shares of the rows that have a value; the last one may be of all other values.
        facts: what one reads of the first data set in numbers, by name.
        missing: by data set, the share of rows without a value.
    """

    names: Sequence[str]
    bars: Sequence[Bar]
    facts: Mapping[str, str]
    missing: Sequence[float]

    def distance(self, one: int, other: int) -> float:
        """Returns by how much a bar, or what is missing, differs at most between two data sets."""
        bars = (abs(bar.shares[one] - bar.shares[other]) for bar in self.bars)
        return max(abs(self.missing[one] - self.missing[other]), *bars, 0.0)


def distribution(stats: Mapping[str, Any], rows: Mapping[str, int]) -> Distribution:
    """Returns how a column is distributed in data sets.

    Args:
        stats: by data set, at least one, its `FeatureNameStatistics` of the column.
        rows: by data set, how many rows it has.
    """
    first = next(iter(stats.values()))
    is_text = first.HasField("string_stats")
    if any(one.HasField("string_stats") != is_text for one in stats.values()):
        stats = {name: one for name, one in stats.items() if one is first}
    bars = _of_words(stats) if is_text else _of_numbers(stats)
    facts = _facts_of_words(first) if is_text else _facts_of_numbers(first)
    missing = [_missing(one, rows[name]) for name, one in stats.items()]
    return Distribution(list(stats), bars, facts, missing)


def picture_of(name: str, one: Distribution) -> Markup:
    """Draws how a column is distributed.

    Args:
        name: of the column.
        one: its distribution.
    """
    missing = ", ".join(
        f"{percent(share)} missing in {each}"
        for each, share in zip(one.names, one.missing, strict=True)
    )
    alternative = f"Distribution of {plain(name)} in {', '.join(one.names)}; {missing}"
    return bars(one.bars, one.names, alternative)


def _missing(stats: Any, rows: int) -> float:
    return 1 - statistics_view.rows_with_value(stats) / rows if rows else 0.0


def _of_words(stats: Mapping[str, Any]) -> list[Bar]:
    counts = [
        {one.label: one.sample_count for one in each.string_stats.rank_histogram.buckets}
        for each in stats.values()
    ]
    totals = [max(1.0, float(_common(each).tot_num_values)) for each in stats.values()]
    by_share = sorted(counts[0], key=lambda value: -counts[0][value])
    shown = by_share if len(by_share) == _VALUES + 1 else by_share[:_VALUES]
    bars = [
        Bar(plain(value, 60), [one.get(value, 0.0) / total for one, total in _zip(counts, totals)])
        for value in shown
    ]
    others = [max(0.0, 1 - sum(bar.shares[place] for bar in bars)) for place in range(len(stats))]
    if max(others) > 1e-6:
        bars.append(Bar("all others", others))
    return bars


def _zip(counts: Sequence[Any], totals: Sequence[float]) -> Iterator[tuple[Any, float]]:
    return zip(counts, totals, strict=True)


def _of_numbers(stats: Mapping[str, Any]) -> list[Bar]:
    if _has_few_whole_numbers(list(stats.values())):
        return _of_whole_numbers(list(stats.values()))
    shares = [_cumulated(one) for one in stats.values()]
    known = [found for found in shares if found]
    if not known:
        return []
    low = min(float(x[0]) for x, _ in known)
    high = max(float(x[-1]) for x, _ in known)
    edges = _edges(*known[0], low, high)
    steps = [_steps(found, edges) for found in shares]
    return [
        Bar(_range(*edges[place : place + 2].tolist()), [float(one[place]) for one in steps])
        for place in range(len(edges) - 1)
    ]


def _steps(found: tuple[Any, Any] | None, edges: Any) -> Any:
    """Returns the share of the values between each two edges; none of them, if there are none."""
    if found is None:
        return np.zeros(len(edges) - 1)
    below = np.interp(edges, *found, left=0.0, right=1.0)
    # What lies outside of the picture is in its first and its last bar.
    below[0], below[-1] = 0.0, 1.0
    return np.diff(below)


def _range(low: float, high: float) -> str:
    return amount(low) if low == high else f"{amount(low)} to {amount(high)}"


def _edges(x: Any, y: Any, low: float, high: float) -> Any:
    """Returns the edges of the bars; a few values that are far out do not squeeze the others."""
    ends = np.interp([(1 - _SHARE_INSIDE) / 2, (1 + _SHARE_INSIDE) / 2], y, x)
    inner = float(ends[1] - ends[0])
    if 0 < inner < (high - low) / 10:
        low, high = max(low, float(ends[0]) - inner / 2), min(high, float(ends[1]) + inner / 2)
    if low == high:
        return np.array([low, high])
    return np.linspace(low, high, _BARS + 1)


def _cumulated(stats: Any) -> tuple[Any, Any] | None:
    """Returns values and the share of all values that lie below; None if there are none."""
    standard, quantiles = statistics_pb2.Histogram.STANDARD, statistics_pb2.Histogram.QUANTILES
    found = {one.type: one.buckets for one in stats.num_stats.histograms if one.buckets}
    points: list[tuple[float, float]] = []
    for kind in (standard, quantiles):
        buckets = [one for one in found.get(kind, ()) if _is_finite(one)]
        total = sum(one.sample_count for one in buckets)
        if total:
            points += [(buckets[0].low_value, 0.0)]
            sums = np.cumsum([one.sample_count for one in buckets]) / total
            points += [(one.high_value, float(y)) for one, y in zip(buckets, sums, strict=True)]
    if not points:
        return None
    points.sort()
    x, y = (np.array(one) for one in zip(*points, strict=True))
    return x, np.maximum.accumulate(y)


def _has_few_whole_numbers(stats: Sequence[Any]) -> bool:
    """Tells whether each number can have a bar of its own."""
    known = [one.num_stats for one in stats if one.num_stats.histograms]
    if not known or any(one.type != statistics_pb2.FeatureNameStatistics.INT for one in stats):
        return False
    return bool(max(one.max for one in known) - min(one.min for one in known) < _BARS)


def _of_whole_numbers(stats: Sequence[Any]) -> list[Bar]:
    counts = [_count_whole(one) for one in stats]
    numbers = sorted({number for one in counts for number in one})
    if not numbers:
        return []
    totals = [sum(one.values()) or 1.0 for one in counts]
    return [
        Bar(str(number), [one.get(number, 0.0) / total for one, total in _zip(counts, totals)])
        for number in range(numbers[0], numbers[-1] + 1)
    ]


def _count_whole(stats: Any) -> dict[int, float]:
    """Returns how often each whole number occurs; a bucket is dealt evenly to those in it."""
    standard = statistics_pb2.Histogram.STANDARD
    found = [one.buckets for one in stats.num_stats.histograms if one.type == standard]
    counts: dict[int, float] = {}
    for bucket in (bucket for buckets in found for bucket in buckets if bucket.sample_count):
        first, end = math.ceil(bucket.low_value - _NEAR), math.ceil(bucket.high_value - _NEAR)
        # The last bucket holds its upper end, and by rounding, others may.
        inside = range(first, end) or range(end, end + 1)
        if bucket.high_value >= stats.num_stats.max - _NEAR:
            inside = range(first, end + 1)
        for number in inside:
            counts[number] = counts.get(number, 0.0) + bucket.sample_count / len(inside)
    return counts


def _is_finite(bucket: Any) -> bool:
    return math.isfinite(bucket.low_value) and math.isfinite(bucket.high_value)


def _facts_of_words(stats: Any) -> dict[str, str]:
    return {"different values": f"{stats.string_stats.unique:,}"}


def _facts_of_numbers(stats: Any) -> dict[str, str]:
    of = stats.num_stats
    return {
        "least": amount(of.min),
        "median": amount(of.median),
        "mean": amount(of.mean),
        "greatest": amount(of.max),
    }


def _common(stats: Any) -> Any:
    return getattr(stats, stats.WhichOneof("stats")).common_stats
