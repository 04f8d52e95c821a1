"""What TFDV keeps silent about: missing values in tf.Examples, and new values within tolerance."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data_ingestion.anomalies.anomaly import WARNING, Anomaly
from data_ingestion.anomalies.expectations import domain_values, expected
from data_ingestion.statistics import statistics_view
from zeroskew.schema import is_checked

_SHOWN_VALUES = 5


def complete(found: Sequence[Anomaly], schema: Any, statistics: Mapping[str, Any]) -> list[Anomaly]:
    """Returns what TFDV found, and what it does not report.

    A missing value is an empty list in a tf.Example, which TFDV takes for a value that is there;
    at most it finds too few values in it. Values that a closed domain does not have are a warning
    as long as `min_domain_mass` tolerates them.

    Args:
        found: by TFDV.
        schema: a `schema_pb2.Schema`.
        statistics: TFDV's statistics by split.
    """
    anomalies = list(found)
    for split, one in statistics.items():
        for feature in filter(is_checked, schema.feature):
            stats = statistics_view.find_column(one, feature.name)
            if stats is not None:
                kinds = {
                    other.kind
                    for other in found
                    if (other.subject, other.split) == (feature.name, split)
                }
                anomalies += _presence(feature, stats, split, statistics_view.rows(one), schema)
                if "domain" not in kinds:
                    anomalies += _tolerated(feature, stats, split, schema)
    return _without_repetition(anomalies)


def _presence(feature: Any, stats: Any, split: str, rows: int, schema: Any) -> Iterator[Anomaly]:
    known = statistics_view.rows_with_value(stats)
    if known < max(feature.presence.min_count, feature.presence.min_fraction * rows):
        yield Anomaly(
            subject=feature.name,
            kind="presence",
            split=split,
            expected=expected("presence", feature.name, schema),
            observed=f"{rows - known:,} of {rows:,} rows have none",
        )


def _tolerated(feature: Any, stats: Any, split: str, schema: Any) -> Iterator[Anomaly]:
    allowed = domain_values(schema, feature)
    if allowed is None or not stats.HasField("string_stats"):
        return
    others = {
        value: share
        for value, share in statistics_view.shares(stats).items()
        if value not in allowed
    }
    if others:
        first = [f"{value} ({share:.2%})" for value, share in others.items()][:_SHOWN_VALUES]
        more = len(others) - len(first)
        yield Anomaly(
            subject=feature.name,
            kind="domain",
            split=split,
            severity=WARNING,
            expected=expected("domain", feature.name, schema),
            observed=", ".join(first) + (f" and {more} more" if more else ""),
        )


def _without_repetition(anomalies: Sequence[Anomaly]) -> list[Anomaly]:
    """Leaves out what says once more that values are missing."""
    missing = {(one.subject, one.split) for one in anomalies if one.kind == "presence"}
    seen: set[tuple[str, str, str]] = set()
    kept = []
    for one in anomalies:
        key = (one.subject, one.split, one.kind)
        too_few = one.kind == "value_count" and key[:2] in missing
        if key not in seen and not too_few:
            kept.append(one)
        seen.add(key)
    return kept
