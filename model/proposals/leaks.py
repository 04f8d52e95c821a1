"""Columns that give the label away, found before anything is trained."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from model.evaluation.baselines import score_baselines
from model.evaluation.leaks import FEWEST_ROWS, find_leaks
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import FeatureSet
from model.rehearsal.arrays import to_arrays
from zeroskew.errors import DataError

_PARTS = 5


def find_leaks_in_rows(
    features: FeatureSet, columns: Mapping[str, Column], rows: pa.Table
) -> dict[str, str]:
    """Finds columns that predict the label alone; every fifth row judges.

    With few rows a column does so by luck, and nothing is found; nor where the rows that judge lack
    a class: what such a label needs is said when it is checked.

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
    if len(rows) < _PARTS * FEWEST_ROWS:
        return {}
    try:
        found = score_baselines(features, columns, train, evaluation, max_missing=1.0)
    except DataError:
        return {}
    return find_leaks(found, features, columns)
