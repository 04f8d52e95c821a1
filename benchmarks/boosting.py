"""Gradient boosting on exactly the rows that the pipeline saw."""

from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.metrics import measure
from benchmarks.ours import OurResult
from model.features import FEATURES
from zeroskew.errors import StepError


def read_split(folder: Path) -> pd.DataFrame:
    """Decodes the gzipped TFRecords of tf.Examples of one split.

    Returns:
        One row for each example, its columns in alphabetical order; NaN or None where a value is
        missing.
    """
    files = [str(file) for file in sorted(folder.iterdir())]
    records = tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator()
    rows = pd.DataFrame.from_records([_decode(record) for record in records])
    return rows.sort_index(axis=1)  # a protobuf map has no order of its own


def read_splits(result: OurResult) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reads the train and the eval rows of a run of the pipeline, see `read_split`.

    Raises:
        StepError: the run did not say where its examples lie.
    """
    if result.examples is None:
        raise StepError("the pipeline's JSON must name `examples_path`", received="no such key")
    return read_split(result.examples / "Split-train"), read_split(result.examples / "Split-eval")


def _decode(record: bytes) -> dict[str, float | int | str | None]:
    features = tf.train.Example.FromString(record).features.feature
    return {name: _value(feature) for name, feature in features.items()}


def _value(feature: tf.train.Feature) -> float | int | str | None:
    kind = feature.WhichOneof("kind")
    values = getattr(feature, kind).value if kind else ()
    if not values:
        return None
    return values[0].decode() if kind == "bytes_list" else values[0]


def labels(rows: pd.DataFrame) -> np.ndarray:
    """Returns the pipeline's own label, 0 or 1 of shape [rows], from the same float32 values."""
    label = FEATURES.label
    row = {name: tf.constant(rows[name].to_numpy(np.float32)) for name in label.uses}
    return np.asarray(label.plain_labels(row)[0])


def boost(train: pd.DataFrame, evaluation: pd.DataFrame, seed: int) -> dict[str, float]:
    """Trains HistGradientBoostingClassifier with its defaults, and measures it.

    It gets every column but those that only the label may read: strings as categories of the
    train split (others count as missing), numbers as they are.

    Args:
        train: rows to learn from.
        evaluation: rows to measure on.
        seed: random state of the early stopping.

    Returns:
        The metrics of `benchmarks.metrics.measure`.
    """
    names = [
        name for name in train if name not in FEATURES.label.secret and train[name].notna().any()
    ]
    strings = [name for name in names if train[name].dtype == object]
    learned, unseen = train[names].copy(), evaluation.reindex(columns=names)
    for name in strings:
        categories = sorted(train[name].dropna().unique())
        for table in (learned, unseen):
            codes = pd.Categorical(table[name], categories=categories).codes
            table[name] = np.where(codes < 0, np.nan, codes)
    model = HistGradientBoostingClassifier(categorical_features=strings, random_state=seed)
    model.fit(learned, labels(train))
    return measure(labels(evaluation), model.predict_proba(unseen)[:, 1])
