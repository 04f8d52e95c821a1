"""What the kinds have in common that take a missing value as another."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from model.feature_engineering.columns import Column, is_missing
from model.feature_engineering.kinds.base import Feature
from zeroskew.errors import FeatureError
from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

_TYPES = {"BYTES": (str,), "INT": (int,), "FLOAT": (int, float)}
_WORDS = {"BYTES": "a text", "INT": "a whole number", "FLOAT": "a number"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class DefaultFeature(Feature):
    """A feature that can take a missing value as another, in training and serving alike.

    The default counts as a value of the row also in what is learned.

    Attributes:
        default: stands for a missing value; None leaves it missing, which is an id of its own, or
            whatever the kind says.
    """

    default: str | float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        known = self.default is None or (
            self.default != ""
            if isinstance(self.default, str)
            else type(self.default) in (int, float) and math.isfinite(self.default)
        )
        self.require(known, "default must be a text or a number, and not missing", self.default)

    def prepare(self, values: Any) -> Any:
        """Fills missing values up."""
        prepared = super().prepare(values)
        if self.default is None:
            return prepared
        is_text = prepared.dtype == tf.string
        default = tf.constant(str(self.default) if is_text else self.default, prepared.dtype)
        return tf.where(is_missing(prepared), default, prepared)

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks also that the default is a value that the column could hold.

        Raises:
            FeatureError: it is none, or what `Feature.check` says.
        """
        super().check(columns)
        if self.default is not None:
            check_values(self, "default", (self.default,), self.default_type(columns))

    def default_type(self, columns: Mapping[str, Column]) -> str:
        """Returns the type of column whose values the default is one of."""
        return columns[self.sources[0]].type


def check_values(feature: Feature, field: str, values: tuple[Any, ...], type_: str) -> None:
    """Checks that values of the features file could be a column's.

    Raises:
        FeatureError: one could not.
    """
    for value in values:
        if type(value) not in _TYPES[type_]:
            raise FeatureError(
                f"the {feature.KIND} feature {feature.name!r}: {field} holds what the column "
                f"{feature.sources[0]!r} could hold",
                allowed=_WORDS[type_],
                received=repr(value),
                action="correct this line of the feature list",
            )
