"""Where two statistics of the same rows differ, field by field.

All fields must be equal, with two exceptions. Mean and standard deviation may differ by what it
makes to add up in another order. What is made of quantiles (the median, the quantiles' histograms,
the counts of the other histograms) is approximated by TFDV, so it is compared with the values:
a bound may be off by one value, and by `QUANTILE_TOLERANCE` of all values. Custom statistics, which
only ours has, are left out.
"""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

QUANTILE_TOLERANCE = 0.002
"""Of the ranks. TFDV promises 0.01; on a million rows, TFX's own StatisticsGen is off by 0.0011."""

SUM_TOLERANCE = 1e-9
"""Of the standard deviation, or of the number if that is greater."""

_SUMS = ("mean", "std_dev")
_QUANTILES = statistics_pb2.Histogram.QUANTILES


@dataclasses.dataclass(frozen=True)
class Difference:
    """A field in which statistics differ by more than they may.

    Attributes:
        feature: its name.
        field: the path of the field.
        expected: what it should be.
        received: what it is.
    """

    feature: str
    field: str
    expected: Any
    received: Any


def find_differences(
    expected: Any, received: Any, rows: Iterable[pa.RecordBatch]
) -> list[Difference]:
    """Compares two statistics.

    Args:
        expected: a `DatasetFeatureStatisticsList`.
        received: another one.
        rows: what both were computed of: columns of lists.
    """
    (one,), (other,) = expected.datasets, received.datasets
    ones, others = _by_name(one), _by_name(other)
    columns: dict[str, list[pa.Array]] = {}
    for batch in rows:
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            columns.setdefault(name, []).append(column)
    found = list(_compare("", _counts(one, ones), _counts(other, others), 0.0))
    for name in ones.keys() & others.keys():
        scale = ones[name].num_stats.std_dev
        fields = dict(_exact_fields(ones[name])), dict(_exact_fields(others[name]))
        found += _compare(name, *fields, scale)
        found += _compare_quantiles(name, ones[name], others[name], columns[name])
    return sorted(found, key=lambda difference: (difference.feature, difference.field))


def _by_name(dataset: Any) -> dict[str, Any]:
    return {".".join(feature.path.step): feature for feature in dataset.features}


def _counts(dataset: Any, features: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "num_examples": dataset.num_examples,
        "weighted_num_examples": dataset.weighted_num_examples,
        "features": sorted(features),
    }


def _exact_fields(feature: Any) -> Iterator[tuple[str, Any]]:
    """Yields all fields by their paths, without those that are made of quantiles."""
    exact = statistics_pb2.FeatureNameStatistics()
    exact.CopyFrom(feature)
    exact.ClearField("custom_stats")
    for _, histogram in _histograms(exact):
        for bucket in histogram.buckets:
            bucket.ClearField("sample_count")
            if histogram.type == _QUANTILES:
                bucket.Clear()
    if exact.HasField("num_stats"):
        exact.num_stats.ClearField("median")
    yield from _fields(exact, "")


def _fields(message: Any, path: str) -> Iterator[tuple[str, Any]]:
    for descriptor, value in message.ListFields():
        name = f"{path}{descriptor.name}"
        single = isinstance(value, str | bytes | int | float) or hasattr(value, "ListFields")
        for place, item in enumerate([value] if single else value):
            item_name = name if single else f"{name}[{place}]"
            if hasattr(item, "ListFields"):
                yield item_name, "present"
                yield from _fields(item, f"{item_name}.")
            else:
                yield item_name, item


def _compare(
    feature: str, expected: Mapping[str, Any], received: Mapping[str, Any], scale: float
) -> Iterator[Difference]:
    for field in sorted(expected.keys() | received.keys()):
        one, other = expected.get(field), received.get(field)
        if one != other and not (field.endswith(_SUMS) and _near(one or 0.0, other or 0.0, scale)):
            yield Difference(feature, field, one, other)


def _near(one: float, other: float, scale: float) -> bool:
    both_nan = math.isnan(one) and math.isnan(other)
    return both_nan or abs(one - other) <= SUM_TOLERANCE * max(abs(one), abs(other), scale)


def _histograms(feature: Any) -> Iterator[tuple[str, Any]]:
    kind = feature.WhichOneof("stats")
    stats = getattr(feature, kind)
    yield f"{kind}.common_stats.num_values_histogram", stats.common_stats.num_values_histogram
    if kind == "num_stats":
        for place, histogram in enumerate(stats.histograms):
            yield f"{kind}.histograms[{place}]", histogram


def _compare_quantiles(
    name: str, expected: Any, received: Any, chunks: Sequence[pa.Array]
) -> Iterator[Difference]:
    counts, values = _lengths_and_values(chunks)
    if received.HasField("num_stats") and len(values):
        off = _rank_error(values, received.num_stats.median, 0.5)
        if off > _allowed(values):
            yield Difference(name, "num_stats.median", "rank 0.5", f"off by {off:.4f}")
    pairs = zip(_histograms(expected), _histograms(received), strict=False)
    for (field, one), (_, other) in pairs:
        known = counts if field.endswith("num_values_histogram") else values
        if other.type == _QUANTILES:
            off = _worst_quantile(known, other.buckets)
        else:
            off = _worst_count(one.buckets, other.buckets, len(known))
        if off > _allowed(known):
            yield Difference(name, field, f"within {_allowed(known):.4f}", f"off by {off:.4f}")


def _allowed(values: np.ndarray) -> float:
    return QUANTILE_TOLERANCE + 1 / max(len(values), 1)


def _lengths_and_values(chunks: Sequence[pa.Array]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the sorted lengths of the lists, and the sorted numbers in them."""
    lists = [chunk for chunk in chunks if pa.types.is_nested(chunk.type)]
    lengths = [chunk.value_lengths().drop_null().to_numpy() for chunk in lists]
    numbers = [
        chunk.flatten().to_numpy(zero_copy_only=False).astype(np.float64)
        for chunk in lists
        if pa.types.is_floating(chunk.type.value_type) or pa.types.is_integer(chunk.type.value_type)
    ]
    values = np.concatenate([np.zeros(0), *numbers])
    return np.sort(np.concatenate([np.zeros(0), *lengths])), np.sort(values[~np.isnan(values)])


def _worst_quantile(values: np.ndarray, buckets: Any) -> float:
    """Returns how far a bound, or the values up to it, are from where they should be, in ranks."""
    below = np.cumsum([bucket.sample_count for bucket in buckets]) / max(len(values), 1)
    ranks = np.arange(1, len(buckets) + 1) / max(len(buckets), 1)
    bounds = [bucket.high_value for bucket in buckets]
    pairs = [*zip(bounds, ranks, strict=True), *zip(bounds, below, strict=True)]
    return max((_rank_error(values, *pair) for pair in pairs), default=0.0)


def _rank_error(values: np.ndarray, bound: float, rank: float) -> float:
    """Returns the distance of a rank, as a share of all values, from those of this bound."""
    first = float(np.searchsorted(values, bound, "left")) / len(values)
    last = float(np.searchsorted(values, bound, "right")) / len(values)
    return max(first - rank, rank - last, 0.0)


def _worst_count(expected: Iterable[Any], received: Iterable[Any], values: int) -> float:
    pairs = zip(expected, received, strict=False)
    return max(
        (abs(one.sample_count - other.sample_count) / max(values, 1) for one, other in pairs),
        default=0.0,
    )
