"""Means and covariances of columns that have gaps, learned in one pass."""

from collections.abc import Hashable, Sequence
from typing import Any

from model.feature_engineering.analyzers import Statistic, Wanted
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")
tft = lazy_import("tensorflow_transform")


class CoMoments(Statistic):
    """Of a group of columns, shape [1 + columns, columns]: the means, then the covariances.

    They are those of the columns whose gaps are filled with the mean, in float64; 0 where there is
    no value. The mean is known only after the pass: so sums of products are learned, of the numbers
    and of where they are present, from which both follow.
    """

    @property
    def analyzer(self) -> Hashable:
        """All groups share one analyzer."""
        return CoMoments

    def learn_all(self, wanted: Sequence[Wanted]) -> Sequence[Any]:
        """Learns from all groups side by side."""
        widths = [2 * one.values.shape[1] + 1 for one in wanted]
        products = [tf.reshape(_products(one.values), [1, -1]) for one in wanted]
        sums = tft.sum(tf.concat(products, axis=1), reduce_instance_dims=False)
        parts = tf.split(sums, [width * width for width in widths])
        return [
            _moments(tf.reshape(part, [width, width]), one.values.shape[1])
            for part, width, one in zip(parts, widths, wanted, strict=True)
        ]


def _products(values: Any) -> Any:
    numbers = tf.cast(values, tf.float64)
    missing = tf.math.is_nan(numbers)
    ones = tf.ones_like(numbers)
    filled, present = (tf.where(missing, tf.zeros_like(one), one) for one in (numbers, ones))
    together = tf.concat([filled, present, ones[:, :1]], axis=1)
    return tf.matmul(together, together, transpose_a=True)


def _moments(sums: Any, columns: int) -> Any:
    squares, crossed, both = (
        sums[:columns, :columns],
        sums[:columns, columns:-1],
        sums[columns:-1, columns:-1],
    )
    rows = sums[-1, -1]
    mean = tf.math.divide_no_nan(sums[:columns, -1], sums[columns:-1, -1])
    # In `crossed`, a row's sum is of the first column's numbers where the second is present.
    shift = crossed * mean
    products = squares - shift - tf.transpose(shift) + both * mean[:, tf.newaxis] * mean
    covariance = tf.math.divide_no_nan(products, tf.maximum(rows - 1.0, 0.0))
    return tf.concat([mean[tf.newaxis], covariance], axis=0)
