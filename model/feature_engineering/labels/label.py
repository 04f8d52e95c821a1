"""The label: what the model learns to predict."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from model.feature_engineering.columns import Column, Row
from model.feature_engineering.expressions import Expression, check_expression, compute
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
        compute: from the columns in `uses` to a yes or a no; see `values.py` for what it can do
            with them.
        uses: the columns that `compute` reads; none of them may be a feature's source ...
        known_before: ... except these, which are known before the question is answered.
    """

    name: str
    compute: Expression
    uses: tuple[str, ...]
    known_before: tuple[str, ...] = ()

    @property
    def secret(self) -> tuple[str, ...]:
        """The columns that only the label may read."""
        return tuple(name for name in self.uses if name not in self.known_before)

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks the expression.

        Raises:
            FeatureError: it fails, or gives something else than a yes or a no.
        """
        owner = f"label {self.name!r}"
        check_expression(owner, self.compute, self.uses, columns, "a yes or a no")

    def transform(self, row: Row) -> Any:
        """Returns the label as int64 of shape [batch], 0 or 1."""
        found = compute(f"label {self.name!r}", self.compute, row, self.uses)
        return tf.cast(found.as_bool(), tf.int64)
