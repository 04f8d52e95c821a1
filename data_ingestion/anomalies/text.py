"""Anomalies as lines of text, for people."""

import itertools
from collections.abc import Iterator, Sequence

from data_ingestion.anomalies.anomaly import Anomaly


def describe(anomalies: Sequence[Anomaly]) -> list[str]:
    """Returns some lines for each anomaly; one that several splits share is described once."""
    ordered = sorted(enumerate(anomalies), key=lambda one: (_first(anomalies, one[1]), one[0]))
    groups = itertools.groupby((anomaly for _, anomaly in ordered), key=_what)
    return [line for _, group in groups for line in _lines(list(group))]


def count(anomalies: Sequence[Anomaly]) -> str:
    """Says how many errors and warnings there are."""
    errors = sum(one.stops for one in anomalies)
    return f"{_plural(errors, 'error')}, {_plural(len(anomalies) - errors, 'warning')}"


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _what(anomaly: Anomaly) -> tuple[str, ...]:
    return (
        anomaly.subject,
        anomaly.kind,
        anomaly.severity,
        anomaly.expected,
        anomaly.note,
        anomaly.accept,
    )


def _first(anomalies: Sequence[Anomaly], anomaly: Anomaly) -> int:
    return next(place for place, one in enumerate(anomalies) if _what(one) == _what(anomaly))


def _lines(group: Sequence[Anomaly]) -> Iterator[str]:
    anomaly = group[0]
    splits = ", ".join(one.split for one in group if one.split)
    kind = anomaly.kind.replace("_", " ")
    yield f"{anomaly.subject}: {kind}" + (f" ({splits})" if splits else "")
    if anomaly.note:
        yield f"  note:     {anomaly.note}"
    yield f"  expected: {anomaly.expected}"
    for one in group:
        yield f"  observed: {one.observed}" + (f" ({one.split})" if len(group) > 1 else "")
    for row in anomaly.rows:
        yield f"  row:      {row.source}, line {row.line}: {row.reason}"
    for one in group:
        for change in one.changes:
            yield f"  change:   {change}" + (f" ({one.split})" if len(group) > 1 else "")
    if anomaly.accept:
        yield f"  accept:   {anomaly.accept}"
