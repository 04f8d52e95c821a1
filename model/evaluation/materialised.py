"""What Transform wrote for some raw rows, found again among all that it wrote."""

from collections.abc import Iterator, Mapping

import numpy as np

from model.evaluation.parity_rows import describe
from model.feature_engineering.feature_set import ROW_KEY, FeatureSet
from model.feature_engineering.raw_rows import RawRows, as_tensors, read_batches
from model.feature_engineering.row_keys import fingerprint
from zeroskew.errors import ParityError
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


def materialised_features(
    folder: str, features: FeatureSet, rows: RawRows
) -> Mapping[str, np.ndarray]:
    """Finds what Transform wrote for raw rows.

    Of the rows that are passed by only the key is parsed, and none is held.

    Args:
        folder: the split's folder of transformed examples, gzipped TFRecords.
        features: the feature list.
        rows: raw rows.

    Returns:
        The transformed tensors by output name.

    Raises:
        ParityError: Transform did not write one of the rows.
    """
    wanted = fingerprint(as_tensors(rows.columns), features.sources).numpy()
    left = np.unique(wanted)
    found: dict[int, bytes] = {}
    for serialized, keys in _read_keys(folder):
        for place in np.flatnonzero(np.isin(keys, left)):
            found.setdefault(int(keys[place]), serialized[place])
        left = np.setdiff1d(left, keys)
        if not len(left):
            break
    for position in np.flatnonzero(np.isin(wanted, left))[:1]:
        raise ParityError(
            "each raw row must be among the rows that Transform materialised",
            received=f"none that fits row {position}: {describe(rows, position)}",
            action="run again with --no-cache; the examples may have changed since Transform",
        )
    spec = {
        output.name: tf.io.FixedLenFeature(output.row_shape, output.dtype)
        for output in features.outputs
    }
    parsed = tf.io.parse_example([found[key] for key in wanted.tolist()], spec)
    return {name: values.numpy() for name, values in parsed.items()}


def _read_keys(folder: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields batches of serialized transformed examples with their row keys."""
    spec = {ROW_KEY: tf.io.FixedLenFeature([], tf.int64)}
    return read_batches(
        folder, lambda serialized: (serialized, tf.io.parse_example(serialized, spec)[ROW_KEY])
    )
