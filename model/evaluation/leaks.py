"""Columns that give the label away: alone, they say (nearly) everything about it.

Such a column is usually written together with the label, or after it, and is not known yet when
the model is asked. The gate cannot see that: the model looks excellent.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from model.evaluation.baselines import Baselines
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.labels import Label
from model.feature_engineering.raw_rows import as_floats

ENOUGH = 0.999
"""AUC, accuracy or R² from which on a single column is too good."""
_LEFT = 0.1
"""Share of the trivial rule's errors that may be left: with a rare class, any rule is accurate."""
FEWEST_ROWS = 100
"""With fewer, a column does so by luck."""


def find_leaks(
    baselines: Baselines, features: FeatureSet, columns: Mapping[str, Column]
) -> dict[str, str]:
    """Finds columns that predict the label alone.

    Args:
        baselines: of this label.
        features: the feature list.
        columns: the schema's columns by name.

    Returns:
        By column, what it reaches and what to do.
    """
    sample = baselines.sample.rows
    known = baselines.evaluation.rows - baselines.evaluation.unknown
    if sample is None or min(len(sample), known) < FEWEST_ROWS:
        return {}
    trivial, *rules = baselines.scores
    found = {}
    for rule in rules:
        column = rule.rule.removesuffix(" alone")
        reached = ""
        if _is_number(columns[column]):
            reached = _by_order(sample, columns[column], features.label)
        reached = reached or _by_rule(trivial.metrics, rule.metrics)
        if reached:
            found[column] = (
                f"alone predicts the label {features.label.name!r} with {reached}: if it is known "
                "only after the label is, remove the features that read it"
            )
    return found


def _is_number(column: Column) -> bool:
    return column.type != "BYTES" and column.length == 1


def _by_rule(trivial: Mapping[str, float], rule: Mapping[str, float]) -> str:
    """Says what a column's rule reaches on the eval split; empty unless that is too much."""
    if rule.get("auc", 0.0) >= ENOUGH:
        return f"AUC {rule['auc']:.4f}"
    if "accuracy" in rule:
        few = 1 - rule["accuracy"] <= _LEFT * (1 - trivial["accuracy"])
        return f"accuracy {rule['accuracy']:.4f}" if few and rule["accuracy"] >= ENOUGH else ""
    explained = 1 - (rule["rmse"] / trivial["rmse"]) ** 2 if trivial.get("rmse") else 0.0
    return f"R² {explained:.4f}" if explained >= ENOUGH else ""


def _by_order(sample: pa.Table, column: Column, label: Label) -> str:
    """Says how well the number itself orders or equals the label; its rule knows buckets only."""
    # By place, for the label may have the name of a column.
    labels = sample.column(sample.num_columns - 2).to_numpy()
    values = as_floats(sample.column(sample.schema.names.index(column.name)).to_numpy(), column)
    present = np.isfinite(values)
    if present.sum() < max(FEWEST_ROWS, len(labels) / 2):
        return ""
    told = label.told_by(values[present].astype(np.float64), labels[present])
    return f"{told[0]} {told[1]:.4f}" if told and told[1] >= ENOUGH else ""
