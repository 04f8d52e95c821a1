"""What TFDV's statistics say of a column, read from their message."""

from typing import Any

from zeroskew.lazy import lazy_import

statistics_pb2 = lazy_import("tensorflow_metadata.proto.v0.statistics_pb2")

_QUANTILES = {"10 % quantile": 1, "median": 5, "90 % quantile": 9}
_TENTHS = 10


def rows(statistics: Any) -> int:
    """Returns how many rows a `DatasetFeatureStatisticsList` is about."""
    (dataset,) = statistics.datasets
    return int(dataset.num_examples)


def find_column(statistics: Any, column: str) -> Any:
    """Returns the `FeatureNameStatistics` of a column, or None."""
    (dataset,) = statistics.datasets
    return next((one for one in dataset.features if one.path.step[-1] == column), None)


def rows_with_value(stats: Any) -> int:
    """Returns how many rows have a value.

    TFDV counts the empty lists, which missing values become in tf.Examples, as present; where no
    row has more than one value, the number of values tells.
    """
    common = _common(stats)
    if common.max_num_values <= 1:
        return int(common.tot_num_values)
    return int(common.num_non_missing)


def count_missing(statistics: Any) -> None:
    """Makes the statistics say that a value is missing where its list is empty."""
    (dataset,) = statistics.datasets
    for stats in dataset.features:
        common = _common(stats)
        common.num_non_missing = rows_with_value(stats)
        common.num_missing = dataset.num_examples - common.num_non_missing
        if common.max_num_values == 1:
            common.min_num_values = 1


def may_be_empty(statistics: Any, column: str) -> bool:
    """Tells whether a row lacks a value of a column, or has an empty list."""
    common = _common(find_column(statistics, column))
    return bool(common.num_missing or not common.min_num_values)


def observed_type(stats: Any) -> str:
    """Returns ``"FLOAT"``, ``"INT"`` or ``"BYTES"``."""
    name = statistics_pb2.FeatureNameStatistics.Type.Name(stats.type)
    return "BYTES" if name == "STRING" else str(name)


def change_type(stats: Any, kind: str) -> None:
    """Says that a column without any value is of another type."""
    common = type(_common(stats))()
    common.CopyFrom(_common(stats))
    name = "STRING" if kind == "BYTES" else kind
    stats.type = statistics_pb2.FeatureNameStatistics.Type.Value(name)
    part = stats.string_stats if kind == "BYTES" else stats.num_stats
    part.common_stats.CopyFrom(common)


def shares(stats: Any) -> dict[str, float]:
    """Returns the share of each value of a text column; of the most frequent ones, if many."""
    counts = {one.label: one.sample_count for one in stats.string_stats.rank_histogram.buckets}
    total = sum(counts.values())
    return {value: count / total for value, count in counts.items()}


def quantiles(stats: Any) -> dict[str, float]:
    """Returns the median of a column of numbers, and what a tenth lies below and above."""
    kind = statistics_pb2.Histogram.QUANTILES
    for histogram in stats.num_stats.histograms:
        if histogram.type == kind and len(histogram.buckets) == _TENTHS:
            return {
                name: histogram.buckets[tenth - 1].high_value for name, tenth in _QUANTILES.items()
            }
    return {}


def _common(stats: Any) -> Any:
    kind = stats.WhichOneof("stats")
    return getattr(stats, kind).common_stats
