"""Columns that give the label away, found before anything is trained."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from model.evaluation.baselines import score_baselines
from model.evaluation.leaks import find_leaks
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import FeatureSet
from model.rehearsal.arrays import to_arrays

_PARTS = 5


def find_leaks_in_rows(
    features: FeatureSet, columns: Mapping[str, Column], rows: pa.Table
) -> dict[str, str]:
    """Finds columns that predict the label alone; every fifth row judges.

    Args:
        features: the feature list.
        columns: the schema's columns by name.
        rows: with all columns that the list needs.

    Returns:
        By column, what it reaches and what to do.
    """
    evaluates = np.arange(len(rows)) % _PARTS == 0
    needed = [columns[name] for name in features.columns_needed]
    train, evaluation = (
        [to_arrays(batch, needed) for batch in rows.filter(pa.array(chosen)).to_batches()]
        for chosen in (~evaluates, evaluates)
    )
    found = score_baselines(features, columns, train, evaluation, max_missing=1.0)
    return find_leaks(found, features, columns)
