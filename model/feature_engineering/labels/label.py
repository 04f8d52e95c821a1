"""The label: what the model learns to predict."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from model.feature_engineering.columns import Row, as_float
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True)
class Label:
    """A yes-or-no question, computed from raw columns that are not known when serving.

    Usage::

        Label("big_tip", lambda row: row["tips"] > 0.2 * row["fare"],
              uses=("tips", "fare"), known_before=("fare",))

    Attributes:
        name: the label's own name, unlike any column's.
        compute: returns booleans from the columns in `uses`. It gets float32 values of shape
            [batch] with NaN where missing, as tf.Tensors in the pipeline and as numpy arrays in
            the baselines, so it may use operators only. A comparison with NaN is False.
        uses: the columns that `compute` reads; none of them may be a feature's source ...
        known_before: ... except these, which are known before the question is answered.
    """

    name: str
    compute: Callable[[Mapping[str, Any]], Any]
    uses: tuple[str, ...]
    known_before: tuple[str, ...] = ()

    @property
    def secret(self) -> tuple[str, ...]:
        """The columns that only the label may read."""
        return tuple(name for name in self.uses if name not in self.known_before)

    def transform(self, row: Row) -> Any:
        """Returns the label as int64 of shape [batch], 0 or 1."""
        return tf.cast(self.compute({name: as_float(row[name]) for name in self.uses}), tf.int64)
