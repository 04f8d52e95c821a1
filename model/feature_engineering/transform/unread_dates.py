"""Dates that were there and could not be read: to the network they are missing."""

from collections.abc import Mapping
from typing import Any

from model.feature_engineering.columns import MISSING_INT
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.kinds import DateTime
from model.feature_engineering.transform.dead_features import by_name

UNREAD_DATES_FILE = "unread_dates.json"


def find_unread(before: Any, after: Any, features: FeatureSet) -> dict[str, str]:
    """Finds date features that took values of their column as missing.

    An empty text is missing, and no mistake; one that is rarer than all that the statistics list
    counts as a mistake.

    Args:
        before: `DatasetFeatureStatistics` of the raw columns.
        after: those of the transformed tensors.
        features: the feature list.

    Returns:
        By feature, how many rows these are and what to do.
    """
    raw, transformed = by_name(before), by_name(after)
    found = {}
    for feature in features.features:
        if isinstance(feature, DateTime):
            text = _of_feature(feature, raw, transformed)
            if text:
                found[feature.name] = text
    return found


def _of_feature(feature: DateTime, raw: Mapping[str, Any], transformed: Mapping[str, Any]) -> str:
    column, indicator = raw.get(feature.column), transformed.get(f"{feature.key}_missing")
    if column is None or indicator is None:
        return ""
    is_text = column.WhichOneof("stats") == "string_stats"
    there = _texts(column.string_stats) if is_text else _numbers(column.num_stats)
    # The indicator is 0 where a date was read.
    unread = there - int(indicator.num_stats.num_zeros)
    if unread <= 0:
        return ""
    what, say = ("text", "format") if is_text else ("numbers", "unit")
    return (
        f"took {unread:,} of {there:,} rows' {what} as no date: say its {say}, or correct the data"
    )


def _texts(statistics: Any) -> int:
    listed = {one.label: one.sample_count for one in statistics.rank_histogram.buckets}
    return int(statistics.common_stats.num_non_missing - listed.get("", 0))


def _numbers(statistics: Any) -> int:
    """Returns how many rows hold a number; 0, if some hold the one that stands for none."""
    if statistics.min <= MISSING_INT:
        return 0
    return int(statistics.common_stats.num_non_missing)
