"""Several numbers that go together, as fewer."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from model.feature_engineering.analyzers import Statistic
from model.feature_engineering.co_moments import CoMoments
from model.feature_engineering.columns import Row, as_float, finite
from model.feature_engineering.kinds.base import Feature
from model.feature_engineering.kinds.encoding import Encoding, Output
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

_CLIP = 10.0
_NOISE = 1e-10
"""A component with less of the whole variance than this is rounding, not data; ..."""
_ROUNDING = 1e-13
"""... so is one with less of the squared means, from which variances are computed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PCA(Feature):
    """The principal components of several numbers, learned from the whole train split.

    The columns are taken as they are: give it columns of one unit, or the one with the greatest
    numbers decides. A missing number, and an infinite one, counts as its column's mean.

    Usage::

        PCA("shape", uses=("height", "width", "depth"), components=2)

    Attributes:
        uses: the columns, two or more; the first argument is the feature's own name.
        components: how many components are kept, those of the greatest variance.
        whiten: whether each is divided by its standard deviation (and clipped to +-10 of them), so
            that the network gets numbers of one size.
    """

    KIND: ClassVar[str] = "pca"
    TYPES: ClassVar[tuple[str, ...]] = ("FLOAT", "INT")
    ALONE: ClassVar[bool] = True

    uses: tuple[str, ...] = ()
    components: int = 2
    whiten: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "uses", tuple(self.uses))
        self.require(
            len(set(self.uses)) == len(self.uses) >= 2,
            "uses must name two columns or more, each once",
            self.uses,
        )
        self.require(
            1 <= self.components <= len(self.uses),
            f"components must be between 1 and the number of columns, {len(self.uses)}",
            self.components,
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns."""
        return self.uses

    @property
    def outputs(self) -> Sequence[Output]:
        """The components, the one of the greatest variance first."""
        return (Output(self.key, length=self.components),)

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the columns, of shape [batch, columns]."""
        return tf.stack([as_float(row[name]) for name in self.uses], axis=1)

    def prepare(self, values: Any) -> Any:
        """Takes an infinite number as missing."""
        return finite(values)

    @property
    def statistics(self) -> Mapping[str, Statistic]:
        """The means and covariances of the columns."""
        return {"moments": CoMoments()}

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Projects the distances to the means."""
        mean, covariance = learned["moments"][0], learned["moments"][1:]
        variances, axes = tf.linalg.eigh(covariance)
        variances, axes = (
            tf.reverse(one, [-1])[..., : self.components] for one in (variances, axes)
        )
        distances = tf.cast(values, tf.float64) - mean
        distances = tf.where(tf.math.is_nan(distances), tf.zeros_like(distances), distances)
        components = distances @ _turned(axes)
        rounding = _NOISE * tf.linalg.trace(covariance) + _ROUNDING * tf.reduce_sum(mean**2)
        real = tf.cast(variances > rounding, tf.float64)
        if self.whiten:
            deviations = tf.sqrt(tf.maximum(variances, 0.0)) * real
            components = tf.math.divide_no_nan(components, deviations)
            components = tf.clip_by_value(components, -_CLIP, _CLIP)
        numbers = tf.cast(components * real, tf.float32)
        return [numbers[:, 0] if self.components == 1 else numbers]

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """Both sides get the components."""
        numbers = [tensors[self.key]]
        return Encoding(wide=numbers, deep=numbers)


def _turned(axes: Any) -> Any:
    """Returns the axes with signs that do not depend on the machine: each one's largest is > 0."""
    largest = tf.argmax(tf.abs(axes), axis=0)
    signs = tf.sign(tf.gather(tf.transpose(axes), largest, batch_dims=1))
    return axes * signs
