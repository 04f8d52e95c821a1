"""The newest events of each row, as tensors of fixed shape."""

from collections.abc import Mapping
from typing import Any

from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


def keep_newest(
    lists: Mapping[str, Any], last: int, *, newest_first: bool
) -> tuple[dict[str, Any], Any, Any]:
    """Cuts the lists of the same events to the newest ones that all of the lists have.

    The n-th newest values of all lists belong to one event. So where one list of a row is shorter
    than another, it is the older events that are cut off.

    Args:
        lists: ragged tensors of shape [batch, None].
        last: how many events are kept at most.
        newest_first: whether the lists begin with the newest event, instead of ending with it.

    Returns:
        The lists that are left, ragged tensors; how many events are left in each row, int64 of
        shape [batch]; and whether lists of it differed in length, booleans of shape [batch].
    """
    lengths = tf.stack([one.row_lengths() for one in lists.values()])
    common = tf.reduce_min(lengths, axis=0)
    counts = tf.minimum(common, last)
    kept = {name: _cut(one, counts, newest_first) for name, one in lists.items()}
    return kept, counts, tf.reduce_max(lengths, axis=0) > common


def newest_last(lists: Any, last: int, *, newest_first: bool) -> Any:
    """Returns lists as rows that end with the newest event, filled up with zeros in front.

    Args:
        lists: a ragged tensor of numbers, shape [batch, None], none longer than `last`.
        last: the length of the rows.
        newest_first: whether the lists begin with the newest event, instead of ending with it.

    Returns:
        A dense tensor of shape [batch, last].
    """
    places = last - 1 - _ages(lists, newest_first)
    indices = tf.stack([lists.value_rowids(), places], axis=1)
    return tf.scatter_nd(indices, lists.flat_values, tf.stack([lists.nrows(), last]))


def _cut(lists: Any, counts: Any, newest_first: bool) -> Any:
    is_kept = _ages(lists, newest_first) < tf.gather(counts, lists.value_rowids())
    values = tf.boolean_mask(lists.flat_values, is_kept)
    return tf.RaggedTensor.from_row_lengths(values, counts, validate=False)


def _ages(lists: Any, newest_first: bool) -> Any:
    """Returns of each value how many of its row are newer, int64 of shape [values]."""
    places = tf.range(tf.size(lists.flat_values, tf.int64))
    rows = lists.value_rowids()
    if newest_first:
        return places - tf.gather(lists.row_starts(), rows)
    return tf.gather(lists.row_limits(), rows) - 1 - places
