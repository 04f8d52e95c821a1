"""What the kinds that start from a number have in common: reading it, or computing it."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from model.feature_engineering.columns import Column, Row, as_float, finite
from model.feature_engineering.expressions import Expression, compute, outline
from model.feature_engineering.kinds.base import Feature
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumberFeature(Feature):
    """A feature of a number: a column as it is, or a value computed from several.

    Attributes:
        value: computes the number from the columns named in `uses`, see `values.py` for what it
            can do with them. It is missing where a column is that it needs, and where there is no
            finite result. With `value`, the first argument is the feature's own name.
        uses: the columns that `value` reads.
    """

    TYPES: ClassVar[tuple[str, ...]] = ("FLOAT", "INT")

    value: Expression | None = None
    uses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "uses", tuple(self.uses))
        self.require(
            (self.value is None) == (not self.uses), "value and uses go together", self.uses
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """The raw columns the number is read or computed from."""
        return self.uses or (self.column,)

    @property
    def expression(self) -> Expression | None:
        """The lambda in `value`."""
        return self.value

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks the column, or the expression, which may compute a number from any columns."""
        if self.value is None:
            super().check(columns)
        else:
            self.check_lengths(columns)
            found = outline(f"feature {self.name!r}", self.value, self.uses, columns)
            # A yes counts as 1 and a no as 0.
            self.require(found in ("a number", "a yes or a no"), "value must give a number", found)

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Returns the number, NaN where missing."""
        if self.value is None:
            return as_float(row[self.column])
        return compute(f"feature {self.name!r}", self.value, row, self.uses).as_float32()

    def prepare(self, values: Any) -> Any:
        """Takes an infinite number as missing."""
        return finite(values)
