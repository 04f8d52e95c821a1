"""A key for each raw row, to find it again among transformed ones."""

from collections.abc import Iterable
from typing import Any

from model.feature_engineering.columns import Row, as_strings, is_missing
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

_SEPARATOR = "\x1f"


def fingerprint(row: Row, names: Iterable[str]) -> Any:
    """Computes a key that equal raw rows share, to find one row in two places.

    Args:
        row: canonical columns.
        names: the columns that make the key, in any order.

    Returns:
        An int64 tensor of shape [batch].
    """
    alike: dict[tuple[str, bool], list[Any]] = {}
    for name in sorted(names):
        values = row[name]
        is_single = not isinstance(values, tf.RaggedTensor) and values.shape.rank == 1
        text = values if is_single else _join(_exact_strings(values))
        alike.setdefault((values.dtype.name, is_single), []).append(text)
    texts = [
        _join(_exact_strings(tf.stack(columns, axis=1)))
        for _, columns in sorted(alike.items(), key=lambda item: item[0])
    ]
    return tf.strings.to_hash_bucket_fast(tf.strings.join(texts, separator=_SEPARATOR), 2**62)


def _join(texts: Any) -> Any:
    return tf.strings.reduce_join(texts, axis=1, separator=_SEPARATOR)


def _exact_strings(values: Any) -> Any:
    if isinstance(values, tf.RaggedTensor):
        return values.with_flat_values(_exact_strings(values.flat_values))
    if values.dtype != tf.float32:
        return as_strings(values)
    # The bits: six decimals, as `as_strings` writes them, would make different rows equal.
    bits = tf.strings.as_string(tf.bitcast(values, tf.int32))
    return tf.where(is_missing(values), "", bits)
