"""Columns by which a reader of answers finds its rows again: they come through as they are."""

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.serving.batch.cells import as_lists, as_text, as_values, counts
from zeroskew.errors import SettingsError


class Keys:
    """The key columns of rows that come batch by batch.

    Whether a key holds lists, its first batch says. Binary values are text.

    Args:
        names: of the columns; each batch has all of them.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(dict.fromkeys(names))
        self._lists: dict[str, bool] = {}

    def check(self, others: Collection[str]) -> None:
        """Checks that no key is called like another column of the answers.

        Raises:
            SettingsError: one is.
        """
        for name in self._names:
            if name in others:
                raise SettingsError(
                    "a key must have a name that no column of the answers has",
                    allowed=f"any but {', '.join(others)}",
                    received=repr(name),
                    action="choose another key, or rename the column where the rows come from",
                )

    def misfits(self, batch: pa.RecordBatch) -> dict[int, str]:
        """Returns the rows whose keys cannot be written, and why."""
        found: dict[int, str] = {}
        for name in self._names:
            column = batch[name]
            is_list = self._lists.setdefault(name, pa.types.is_nested(column.type))
            if pa.types.is_nested(column.type) and not is_list:
                for row in np.flatnonzero(counts(column) > 1).tolist():
                    found.setdefault(row, f"{name} holds a list, as in no row before")
            for row in _not_text(column):
                found.setdefault(row, f"{name} is not UTF-8")
        return found

    def take(self, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        """Returns the keys of rows that are no `misfits`, by name."""
        return {name: self._column(name, batch[name]) for name in self._names}

    def _column(self, name: str, column: pa.Array) -> pa.Array:
        if not self._lists.setdefault(name, pa.types.is_nested(column.type)):
            values = as_values(column)
            return as_text(values) if pa.types.is_binary(values.type) else values
        lists = as_lists(column)
        if not pa.types.is_binary(lists.type.value_type):
            return lists
        offsets = np.concatenate([[0], np.cumsum(counts(lists))]).astype(np.int32)
        absent = lists.is_null().to_numpy(zero_copy_only=False)
        return pa.ListArray.from_arrays(
            pa.array(offsets, mask=np.append(absent, False)), as_text(lists.flatten())
        )


def _not_text(column: pa.Array) -> list[int]:
    values = column.flatten() if pa.types.is_nested(column.type) else column
    if not pa.types.is_binary(values.type) or _is_text(values):
        return []
    rows = [column.slice(row, 1) for row in range(len(column))]
    parts = [one.flatten() if pa.types.is_nested(one.type) else one for one in rows]
    return [row for row, part in enumerate(parts) if not _is_text(part)]


def _is_text(values: pa.Array) -> bool:
    try:
        pc.cast(values, pa.string())
    except pa.ArrowInvalid:
        return False
    return True
