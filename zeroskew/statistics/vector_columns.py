"""What is counted of columns of vectors, beside the statistics that TFDV computes of each number.

It lies in TFDV's own message, as a custom statistic of the column, so that it goes wherever the
statistics go. A column is one of vectors if all of its rows hold equally many numbers, at least
two, or none.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zeroskew.statistics.value_counts import ValueCounts
from zeroskew.statistics.vector_digests import digests_of
from zeroskew.statistics.vector_moments import VectorMoments, moments_of

CUSTOM_STATISTIC = "vectors"

Part = Mapping[str, VectorMoments | None]
"""By column, what was added up; None once it has turned out to be no column of vectors."""


@dataclasses.dataclass(frozen=True)
class VectorSummary:
    """What is known of the vectors of a column.

    Attributes:
        rows: that have one of finite numbers.
        not_finite: rows that have another, but for a missing vector, of nothing but NaN.
        zeros: vectors of zeros alone.
        repeated: rows that repeat the vector of another row.
        most: rows that share the most frequent vector.
        far: vectors whose length is not usual.
        usual: the smallest and the largest length that is.
        median: length.
        spread: the standard deviation.
        typical: root of the mean squared length.
        mean: the mean vector.
    """

    rows: int
    not_finite: int
    zeros: int
    repeated: int
    most: int
    far: int
    usual: tuple[float, float]
    median: float
    spread: float
    typical: float
    mean: tuple[float, ...]


class VectorColumns:
    """Counts columns of vectors; threads may share it, each with parts of its own.

    Usage::

        vectors = VectorColumns()
        parts = [vectors.add({}, batch) for batch in batches]
        vectors.describe(statistics, parts)
    """

    def __init__(self) -> None:
        self._counts = ValueCounts()

    def add(self, part: Part, batch: pa.RecordBatch) -> Part:
        """Returns a part with some rows more, in columns of lists."""
        found = dict(part)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if not _is_of_numbers(column.type) or found.get(name, ()) is None:
                continue
            vectors = _matrix(column)
            if vectors is None:
                found[name] = None
            elif len(vectors):
                found = _merge(found, {name: moments_of(vectors)})
                self._counts.add(name, digests_of(vectors[np.isfinite(vectors).all(axis=1)]))
        return found

    def describe(self, statistics: Any, parts: Iterable[Part]) -> None:
        """Adds to statistics what is known of the columns of vectors.

        Args:
            statistics: a `DatasetFeatureStatisticsList` of the same rows.
            parts: of all rows, in their order.
        """
        whole: Part = {}
        for part in parts:
            whole = _merge(whole, part)
        (dataset,) = statistics.datasets
        for one in dataset.features:
            moments = whole.get(one.path.step[-1]) if one.path.step else None
            if moments is not None and moments.rows + moments.not_finite:
                summary = self._summary(one.path.step[-1], moments)
                text = json.dumps(dataclasses.asdict(summary))
                one.custom_stats.add(name=CUSTOM_STATISTIC, str=text)

    def _summary(self, name: str, moments: VectorMoments) -> VectorSummary:
        different, most = 0, 0
        if moments.rows:
            different, ((_, most),) = self._counts.most_frequent(name, 1)
        lengths = moments.lengths
        return VectorSummary(
            rows=moments.rows,
            not_finite=moments.not_finite,
            zeros=moments.zeros,
            repeated=moments.rows - different,
            most=most,
            far=lengths.far,
            usual=lengths.usual,
            median=lengths.quantile(0.5),
            spread=moments.spread,
            typical=moments.typical_length,
            mean=tuple(moments.mean.tolist()),
        )


def read_summary(statistics: Any) -> VectorSummary | None:
    """Returns what is known of the vectors of a column; None if it was not counted.

    Args:
        statistics: a `FeatureNameStatistics`.
    """
    for one in statistics.custom_stats:
        if one.name == CUSTOM_STATISTIC:
            values = json.loads(one.str)
            return VectorSummary(
                **{**values, "usual": tuple(values["usual"]), "mean": tuple(values["mean"])}
            )
    return None


def _is_of_numbers(type_: pa.DataType) -> bool:
    return (pa.types.is_list(type_) or pa.types.is_large_list(type_)) and pa.types.is_floating(
        type_.value_type
    )


def _matrix(column: pa.Array) -> np.ndarray | None:
    """Returns the vectors of the rows that have one; None if they differ in length."""
    lengths = pc.list_value_length(column).drop_null().to_numpy(zero_copy_only=False)
    lengths = lengths[lengths > 0]
    if not len(lengths):
        return np.empty((0, 2), np.float32)
    if lengths[0] < 2 or (lengths != lengths[0]).any():
        return None
    numbers = column.flatten().to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
    found: np.ndarray = numbers.reshape(len(lengths), -1)
    return found[~np.isnan(found).all(axis=1)]


def _merge(first: Part, second: Part) -> dict[str, VectorMoments | None]:
    merged = dict(first)
    for name, moments in second.items():
        known = merged.setdefault(name, moments)
        if known is moments:
            continue
        fits = known is not None and moments is not None and known.mean.shape == moments.mean.shape
        merged[name] = known + moments if fits and known and moments else None
    return merged
