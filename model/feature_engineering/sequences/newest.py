"""The newest events of each row, as tensors of fixed shape."""

from collections.abc import Mapping
from typing import Any

from zeroskew.lazy import lazy_import

np = lazy_import("numpy")
tf = lazy_import("tensorflow")


def newest_events(
    lists: Mapping[str, Any], last: int, *, newest_first: bool
) -> tuple[dict[str, Any], Any, Any]:
    """Takes from lists of the same events the newest ones that all of the lists have.

    The n-th newest values of all lists belong to one event. So where one list of a row is shorter
    than another, it is the older events that are left out.

    Args:
        lists: ragged tensors of numbers, shape [batch, None].
        last: how many events are taken at most.
        newest_first: whether the lists begin with the newest event, instead of ending with it.

    Returns:
        Dense tensors of shape [batch, last] that end with the newest event and are filled up with
        zeros in front; how many events each row has there, int64 of shape [batch]; and whether its
        lists differ in length, booleans of shape [batch].
    """
    lengths = tf.stack([one.row_lengths() for one in lists.values()])
    common = tf.reduce_min(lengths, axis=0)
    ages = np.arange(last, dtype=np.int64)[::-1]
    counts = tf.minimum(common, last)
    present = ages < counts[:, tf.newaxis]
    taken = {name: _take(one, ages, present, newest_first) for name, one in lists.items()}
    return taken, counts, tf.reduce_max(lengths, axis=0) > common


def _take(lists: Any, ages: Any, present: Any, newest_first: bool) -> Any:
    """Takes values by how many of their row are newer; zero where none is present."""
    if newest_first:
        places = lists.row_starts()[:, tf.newaxis] + ages
    else:
        places = lists.row_limits()[:, tf.newaxis] - 1 - ages
    values = lists.flat_values
    filler = tf.size(values, tf.int64)
    with_filler = tf.concat([values, tf.zeros([1], values.dtype)], axis=0)
    return tf.gather(with_filler, tf.where(present, places, filler))
