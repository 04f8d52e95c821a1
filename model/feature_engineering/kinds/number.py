"""What the kinds that start from a number have in common: reading it, or computing it."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from model.feature_engineering.columns import Row, as_float
from model.feature_engineering.kinds.base import Feature
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

Expression = Callable[[Mapping[str, Any]], Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumberFeature(Feature):
    """A feature of a number: a column as it is, or a value computed from several.

    Attributes:
        value: computes the number from the columns named in `uses`, which it gets as float32
            tensors of shape [batch] with NaN where missing. A NaN or infinite result counts as
            missing. With `value`, the first argument is the feature's own name.
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

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Returns the number, NaN where missing."""
        numbers = {name: as_float(row[name]) for name in self.sources}
        return numbers[self.column] if self.value is None else self.value(numbers)

    def prepare(self, values: Any) -> Any:
        """Takes an infinite number as missing."""
        return tf.where(tf.math.is_finite(values), values, float("nan"))
