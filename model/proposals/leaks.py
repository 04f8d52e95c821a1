"""Columns that give the label away, found before anything is trained."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.evaluation.baselines import score_baselines
from model.evaluation.leaks import find_leaks
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import FeatureSet

_PARTS = 5


def find_leaks_in_rows(
    features: FeatureSet, columns: Mapping[str, Column], rows: pa.Table
) -> dict[str, str]:
    """Finds columns of one value that predict the label alone; every fifth row judges.

    Args:
        features: the feature list.
        columns: the schema's columns by name.
        rows: with all columns that the list needs.

    Returns:
        By column, what it reaches and what to do.
    """
    plain = [
        one for one in features.features if all(columns[name].length == 1 for name in one.sources)
    ]
    if not plain:
        return {}
    judged = FeatureSet(features.label, plain)
    arrays = {name: canonical(rows[name], columns[name]) for name in judged.columns_needed}
    evaluates = np.arange(len(rows)) % _PARTS == 0
    train, evaluation = (
        {name: values[chosen] for name, values in arrays.items()}
        for chosen in (~evaluates, evaluates)
    )
    found = score_baselines(judged, columns, [train], [evaluation], max_missing=1.0)
    return find_leaks(found, judged, columns)


def canonical(column: pa.ChunkedArray, what: Column) -> np.ndarray:
    """Returns a column of one value as the label takes it: with markers where it is missing."""
    if what.type == "BYTES":
        return np.array(pc.fill_null(column, b"").to_pylist(), object)
    dtype = np.float32 if what.type == "FLOAT" else np.int64
    filled = pc.fill_null(
        column.cast(pa.float64()) if what.type == "FLOAT" else column, what.missing
    )
    return filled.to_numpy().astype(dtype)
