"""Values that a feature's vocabulary does not have: found by sets, which costs next to nothing."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from model.serving.known_values import KnownValues
from model.serving.predict import MISSING
from model.serving.service.engine.cells import Cells


class Vocabulary:
    """The values that a feature knows, as cells hold them.

    Args:
        known: the values.
        dtype: TensorFlow's name of the type of its column: int64 or string.
        is_list: whether a cell is a list.

    Attributes:
        feature: its name.
        column: that it reads.
    """

    def __init__(self, known: KnownValues, dtype: str, *, is_list: bool) -> None:
        self.feature = known.feature
        self.column = known.column
        own = map(int, known.values) if dtype == "int64" else _both(known.values)
        # What is missing is not unseen; text is bytes in tensors.
        self._known = frozenset([*own, None, MISSING[dtype], b""])
        self._is_list = is_list

    def rows_without(self, cells: Cells) -> int:
        """Returns how many of the cells hold a value that it does not have."""
        if self._is_list:
            return sum(not self._known.issuperset(cell) for cell in cells)
        # In C, and of most batches this is all.
        if self._known.issuperset(cells):
            return 0
        return sum(cell not in self._known for cell in cells)

    def lacking(self, cells: Cells) -> list[Any]:
        """Returns the values in the cells that it does not have, each once."""
        values = itertools.chain.from_iterable(cells) if self._is_list else cells
        return [*dict.fromkeys(one for one in values if one not in self._known)]


def _both(texts: Iterable[bytes]) -> Iterator[str | bytes]:
    for one in texts:
        yield one
        yield one.decode("utf-8", "replace")
