"""Vectors that others made, held against what vectors should be, and against earlier ones.

All of it warns, and nothing of it stops a run: no schema says how good a vector is.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from data_ingestion.anomalies.anomaly import WARNING, Anomaly, Change
from data_ingestion.statistics.statistics_view import find_column
from zeroskew.schema import column_lengths, column_types
from zeroskew.statistics.vector_columns import VectorSummary, read_summary
from zeroskew.statistics.vector_moments import EQUAL

_REPEATED_SHARE = 0.01
_CHANGE = 0.1
"""How far mean, spread and median length may move: of a standard deviation, or of themselves."""
_SURE = 4.0
"""Times what chance alone moves a mean by, so that few rows are no drift."""


def vector_anomalies(
    schema: Any, statistics: Mapping[str, Any], earlier: Mapping[str, Any], name: str
) -> list[Anomaly]:
    """Returns what is odd about the columns that the schema says hold vectors.

    Args:
        schema: a `schema_pb2.Schema`.
        statistics: by split, as our StatisticsGen counts them; those of TFX's own say nothing.
        earlier: of what passed before, by split.
        name: of what passed before, in words.
    """
    lengths, types = column_lengths(schema), column_types(schema)
    columns = [one for one in types if types[one] == "FLOAT" and (lengths[one] or 0) > 1]
    return [
        anomaly
        for column in columns
        for split, current in statistics.items()
        if (now := _summary(current, column)) is not None
        for anomaly in [
            *_of_one(column, split, now),
            *_drift(column, split, _summary(earlier.get(split), column), now, name),
        ]
    ]


def _summary(statistics: Any, column: str) -> VectorSummary | None:
    found = None if statistics is None else find_column(statistics, column)
    return None if found is None else read_summary(found)


def _of_one(column: str, split: str, now: VectorSummary) -> Iterator[Anomaly]:
    def warn(expected: str, observed: str) -> Anomaly:
        return Anomaly(column, "vectors", split, WARNING, expected, observed)

    if now.not_finite:
        yield warn(
            "vectors of finite numbers, which features take alone",
            f"{now.not_finite:,} of {now.rows + now.not_finite:,} have others",
        )
    if now.rows > 1 and now.spread <= EQUAL * now.typical:
        yield warn("vectors that differ from each other", f"all {now.rows:,} are equal")
    elif now.repeated > _REPEATED_SHARE * now.rows:
        yield warn(
            f"at most {_REPEATED_SHARE:.0%} of the vectors repeat that of another row",
            f"{now.repeated:,} of {now.rows:,}; {now.most:,} rows share one",
        )
    if now.zeros:
        yield warn("no vectors of zeros alone", f"{now.zeros:,} of {now.rows:,}")
    if now.far:
        least, most = now.usual
        yield warn(
            f"lengths from {max(least, 0.0):.4g} to {most:.4g}, near the median {now.median:.4g}",
            f"{now.far:,} of {now.rows:,} are longer or shorter",
        )


def _drift(
    column: str, split: str, before: VectorSummary | None, now: VectorSummary, name: str
) -> Iterator[Anomaly]:
    if before is None or len(before.mean) != len(now.mean) or not before.rows or not now.rows:
        return
    moved = float(np.linalg.norm(np.subtract(now.mean, before.mean)))
    # Of rows that are drawn alike, the mean moves by so many standard deviations.
    chance = math.sqrt(1 / before.rows + 1 / now.rows)
    allowed = max(_CHANGE, _SURE * chance)
    changes = (
        _relative(moved, before.spread),
        _relative(now.spread - before.spread, before.spread),
        _relative(now.median - before.median, before.median),
    )
    if max(changes) > allowed:
        yield Anomaly(
            column,
            "drift",
            split,
            WARNING,
            f"vectors like those of {name}: mean within {allowed:.2g} standard deviations, spread "
            f"and median length within {allowed:.0%}",
            f"the mean is {changes[0]:.3g} standard deviations away",
            changes=(
                Change("standard deviation", before.spread, now.spread, is_share=False),
                Change("median length", before.median, now.median, is_share=False),
            ),
        )


def _relative(difference: float, of: float) -> float:
    if of:
        return abs(difference) / of
    return math.inf if difference else 0.0
