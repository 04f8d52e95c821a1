"""Where numbers stand among learned quantiles."""

from typing import Any

from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

_NEAREST = 1e-7
"""How near a rank comes to 0 and to 1, as in scikit-learn: normal scores lie within +-5.2."""


def normal_scores(numbers: Any, edges: Any) -> Any:
    """Returns numbers as quantiles of the normal distribution, by their ranks.

    A rank is interpolated between the edges; a value that is several edges takes the middle of
    their ranks.

    Args:
        numbers: of shape [batch, n], none of them NaN.
        edges: equally full bins, as `bin_edges` returns them.
    """
    # In float32 there is no rank between 1 - 1e-7 and 1, and FLT_MAX - -FLT_MAX is infinite.
    values = tf.transpose(tf.cast(numbers, tf.float64))
    knots = tf.cast(edges, tf.float64)
    ranks = (_ranks(values, knots, "left") + _ranks(values, knots, "right")) / 2.0
    scores = tf.math.ndtri(tf.clip_by_value(ranks, _NEAREST, 1.0 - _NEAREST))
    return tf.transpose(tf.cast(scores, tf.float32))


def bin_edges(ranges: Any, quantiles: Any) -> Any:
    """Returns the edges of bins, shape [n, bins + 1], in order; some of them may be equal.

    Args:
        ranges: smallest and largest value, shape [n, 2].
        quantiles: between the bins, shape [n, bins - 1].
    """
    # Learned quantiles are approximate: none of them may lie beyond the range.
    low, high = ranges[:, :1], ranges[:, 1:]
    return tf.concat([low, tf.clip_by_value(quantiles, low, high), high], axis=1)


def _ranks(values: Any, edges: Any, side: str) -> Any:
    bins = edges.shape[1] - 1
    found = tf.searchsorted(edges, values, side=side)
    place = tf.clip_by_value(found - 1, 0, bins - 1)
    low, high = (tf.gather(edges, place + step, batch_dims=1) for step in (0, 1))
    share = tf.clip_by_value(tf.math.divide_no_nan(values - low, high - low), 0.0, 1.0)
    # Two equal edges hold nothing between them: a value is before both, or behind.
    behind = values >= high if side == "right" else values > high
    share = tf.where((high == low) & behind, tf.ones_like(share), share)
    return (tf.cast(place, tf.float64) + share) / bins
