"""Lists of the same events that differ in length: a sequence leaves events out then."""

from typing import Any

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.kinds import Sequence

UNEQUAL_LISTS_FILE = "unequal_lists.json"


def find_unequal(after: Any, features: FeatureSet) -> dict[str, str]:
    """Finds sequences of several columns with rows in which these have lists of other lengths.

    Args:
        after: `DatasetFeatureStatistics` of the transformed tensors.
        features: the feature list.

    Returns:
        By feature, in how many rows, and what to do.
    """
    statistics = {one.path.step[0] if one.path.step else one.name: one for one in after.features}
    found = {}
    for feature in features.features:
        counted = statistics.get(feature.unequal) if isinstance(feature, Sequence) else None
        if counted is None or not counted.num_stats.max:
            continue
        rows = counted.num_stats.common_stats.num_non_missing
        unequal = round(counted.num_stats.mean * rows)
        found[feature.name] = (
            f"reads lists that differ in length in {unequal:,} of {rows:,} rows, of which the "
            "oldest events are left out: correct the data, so that "
            f"{', '.join(map(repr, feature.sources))} have a value each for every event"
        )
    return found
