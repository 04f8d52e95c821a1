"""Features that say nothing: after Transform they are (nearly) the same in every row.

It is known before training. The usual cause is one huge value, which squeezes all others into one
point: a single 1e15 leaves nothing of a z-score.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.kinds import Feature, Numeric

DEAD_FEATURES_FILE = "dead_features.json"
_SPREAD = 0.01
"""Of eight tenths of the rows, in the unit of a scaled number, where all of them span about 1."""


def find_dead(before: Any, after: Any, features: FeatureSet) -> dict[str, str]:
    """Finds features that the network can learn nothing from.

    Args:
        before: `DatasetFeatureStatistics` of the raw columns.
        after: those of the transformed tensors.
        features: the feature list.

    Returns:
        By feature, what is wrong with it and what to do.
    """
    raw, transformed = _by_name(before), _by_name(after)
    found = {}
    for feature in features.features:
        if _is_constant(feature, transformed):
            reads = ", ".join(map(repr, feature.sources or feature.references))
            found[feature.name] = (
                "is the same in every row after Transform: remove it, or look at what it reads, "
                f"{reads}"
            )
        elif isinstance(feature, Numeric) and _is_squeezed(feature, raw, transformed):
            found[feature.name] = (
                "is nearly the same in eight of ten rows after Transform, since a few huge values "
                'squeeze the others: scaling="robust" or scaling="rank" keeps them apart'
            )
    return found


def _is_constant(feature: Feature, transformed: Mapping[str, Any]) -> bool:
    found = [transformed.get(output.name) for output in feature.outputs]
    return all(one is not None and _holds_one_value(one) for one in found)


def _holds_one_value(statistics: Any) -> bool:
    if statistics.WhichOneof("stats") == "string_stats":  # Of ids that the schema calls categories.
        return bool(statistics.string_stats.unique <= 1)
    return bool(statistics.num_stats.min == statistics.num_stats.max)


def _is_squeezed(feature: Numeric, raw: Mapping[str, Any], transformed: Mapping[str, Any]) -> bool:
    # What an expression computes has no statistics of its own.
    if feature.value is not None:
        return False
    before = _deciles(raw.get(feature.column))
    after = _deciles(transformed.get(feature.key))
    if len(before) < 4 or len(after) < 4:
        return False
    # Where eight of ten rows hold one value, they should lie in one point.
    return before[1] < before[-2] and after[-2] - after[1] < _SPREAD


def _deciles(statistics: Any) -> list[float]:
    for histogram in statistics.num_stats.histograms if statistics else ():
        if histogram.type == statistics_pb2.Histogram.QUANTILES and histogram.buckets:
            return list(_edges(histogram.buckets))
    return []


def _edges(buckets: Any) -> Iterator[float]:
    yield buckets[0].low_value
    for bucket in buckets:
        yield bucket.high_value


def _by_name(dataset: Any) -> dict[str, Any]:
    return {one.path.step[0] if one.path.step else one.name: one for one in dataset.features}
