"""Transformed examples, from files to batches."""

from collections.abc import Sequence
from typing import Any

from model.feature_engineering.feature_set import FeatureSet
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


def read_batches(
    patterns: Sequence[str],
    features: FeatureSet,
    batch_size: int,
    *,
    shuffle_seed: int | None = None,
    cache: bool = True,
) -> Any:
    """Reads gzipped TFRecords of transformed tf.Examples.

    Files are read in parallel and batches are parsed in parallel while the network trains.

    Args:
        patterns: file patterns.
        features: names the tensors and the label.
        batch_size: rows per batch; the last batch holds the rest.
        shuffle_seed: shuffles the rows anew in each epoch; None keeps their order.
        cache: holds the serialized rows in memory after the first pass.

    Returns:
        Pairs of (dict of tensors of shape [batch, 1], label of shape [batch, 1]).
    """
    spec = {output.name: tf.io.FixedLenFeature([1], output.dtype) for output in features.outputs}
    spec[features.label.name] = tf.io.FixedLenFeature([1], tf.int64)

    def parse(serialized: Any) -> tuple[dict[str, Any], Any]:
        tensors = tf.io.parse_example(serialized, spec)
        return tensors, tensors.pop(features.label.name)

    rows = tf.data.TFRecordDataset(_files(patterns), "GZIP", num_parallel_reads=tf.data.AUTOTUNE)
    options = tf.data.Options()
    options.deterministic = True
    rows = rows.with_options(options)
    if cache:
        rows = rows.cache()
    if shuffle_seed is not None:
        rows = rows.shuffle(100_000, seed=shuffle_seed)
    batches = rows.batch(batch_size).map(parse, num_parallel_calls=tf.data.AUTOTUNE)
    return batches.prefetch(tf.data.AUTOTUNE)


def count_rows(patterns: Sequence[str]) -> int:
    """Counts the records in gzipped TFRecord files."""
    batches = tf.data.TFRecordDataset(_files(patterns), "GZIP", num_parallel_reads=tf.data.AUTOTUNE)
    sizes = batches.batch(10_000).map(tf.size, num_parallel_calls=tf.data.AUTOTUNE)
    return int(sizes.reduce(0, lambda total, size: total + size))


def _files(patterns: Sequence[str]) -> list[str]:
    return sorted(file for pattern in patterns for file in tf.io.gfile.glob(pattern))
