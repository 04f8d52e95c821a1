"""The rows that a run of the pipeline learned from and was measured on."""

from pathlib import Path

import pandas as pd
import tensorflow as tf

from benchmarks.ours import OurResult
from zeroskew.errors import StepError


def read_splits(result: OurResult) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reads the train and the eval rows of a run of the pipeline, see `read_split`.

    Raises:
        StepError: the run did not say where its examples lie.
    """
    if result.examples is None:
        raise StepError("the pipeline's JSON must name `examples_path`", received="no such key")
    return read_split(result.examples / "Split-train"), read_split(result.examples / "Split-eval")


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


def _decode(record: bytes) -> dict[str, float | int | str | None]:
    features = tf.train.Example.FromString(record).features.feature
    return {name: _value(feature) for name, feature in features.items()}


def _value(feature: tf.train.Feature) -> float | int | str | None:
    kind = feature.WhichOneof("kind")
    values = getattr(feature, kind).value if kind else ()
    if not values:
        return None
    return values[0].decode() if kind == "bytes_list" else values[0]
