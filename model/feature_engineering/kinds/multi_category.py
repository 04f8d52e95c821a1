"""A list of categories in each row, such as tags."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from model.feature_engineering.columns import Row, as_strings
from model.feature_engineering.kinds.known import Known
from model.feature_engineering.kinds.tokens import TokensFeature


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultiCategory(TokensFeature):
    """Any number of strings or integers, looked up in a vocabulary learned from the data.

    Usage::

        MultiCategory("tags", max_tokens=1000)                  # which tags there are
        MultiCategory("basket", output="count", max_length=100) # and how often
        MultiCategory("viewed", output="int", hash_buckets=5000)
    """

    KIND: ClassVar[str] = "multi_category"

    @property
    def length(self) -> int | None:
        """The column holds lists."""
        return None

    @property
    def known(self) -> Mapping[str, Known]:
        """The vocabulary, unless values are hashed."""
        return {} if self.hash_buckets else {self.column: Known()}

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the lists as text."""
        lists = row[self.column]
        return lists.with_flat_values(as_strings(lists.flat_values))
