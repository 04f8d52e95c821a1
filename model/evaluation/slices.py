"""Which rows are in which slice, as TFMA says it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from tensorflow_model_analysis.slicer import slicer_lib
from tensorflow_model_analysis.slicer.slice_accessor import SliceAccessor

from model.evaluation.slice_columns import PARTS, ColumnOfNumbers, ColumnOfValues, Held
from model.feature_engineering.columns import Column
from model.slice_settings import Cut, SliceBy
from zeroskew.errors import DataError

MOST_VALUES = 50
"""Of a column of whole numbers; one with more is cut."""

SliceKey = tuple[tuple[str, Any], ...]
"""Columns with a value of each, by name; empty for all rows."""

Values = Mapping[str, Sequence[Held]]
"""By column, the values of each row."""


def columns_of(spec: Any) -> list[str]:
    """Returns the columns that a `SlicingSpec` slices by."""
    return [*spec.feature_keys, *spec.feature_values]


class Slices:
    """Finds the rows of each slice that one `SlicingSpec` asks for.

    TFMA says for each combination of values which slices it is in, once. Kept of a row are four
    bytes for each column, or eight.

    Args:
        spec: what to slice by.
        by: the same, as the settings say it: then ranges are slices, and so are the rows without a
            value, and whole numbers of more than `MOST_VALUES` values are cut, too. Without it, a
            row is where TFMA alone puts it.
        columns: of the schema; needed with `by`.
    """

    def __init__(
        self, spec: Any, by: SliceBy | None = None, columns: Mapping[str, Column] | None = None
    ) -> None:
        self._spec = slicer_lib.SingleSliceSpec(spec=spec)
        self._rows = 0
        self._columns: dict[str, ColumnOfValues | ColumnOfNumbers] = {
            name: ColumnOfValues(names_missing=by is not None) for name in columns_of(spec)
        }
        self._whole_numbers: set[str] = set()
        for cut in by.cuts if by else ():
            column = (columns or {})[cut.column]
            if cut.is_cut:
                dtype = np.float32 if column.type == "FLOAT" else np.float64
                self._columns[cut.column] = ColumnOfNumbers(cut, dtype)
            elif column.type == "INT" and column.length == 1:
                self._whole_numbers.add(cut.column)

    def add(self, rows: int, values: Values) -> None:
        """Adds rows."""
        self._rows += rows
        for name, column in self._columns.items():
            column.add(values[name])
        for name in tuple(self._whole_numbers):
            column = self._columns[name]
            if isinstance(column, ColumnOfValues) and len(column) > MOST_VALUES:
                self._columns[name] = column.as_numbers(Cut(name, quantiles=PARTS))
                self._whole_numbers.remove(name)

    def places(self) -> Iterator[tuple[SliceKey, np.ndarray]]:
        """Yields each slice with the places of its rows, in the order in which they were added.

        Raises:
            DataError: the value of a slice is no UTF-8.
        """
        codes, combinations = self._combinations()
        counts = np.bincount(codes, minlength=len(combinations))
        rows = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
        members: dict[SliceKey, list[np.ndarray]] = {}
        for combination, places in zip(combinations, rows, strict=True):
            for key in self._keys(combination):
                members.setdefault(key, []).append(places)
        for key, parts in members.items():
            yield key, np.sort(np.concatenate(parts))

    def _combinations(self) -> tuple[np.ndarray, list[dict[str, Held]]]:
        """Returns for each row the place of its combination of values, and the combinations."""
        codes = np.zeros(self._rows, np.int64)
        found: list[dict[str, Held]] = [{}]
        for name, column in self._columns.items():
            places, held = column.found()
            used, codes = np.unique(codes * len(held) + places, return_inverse=True)
            found = [
                {**found[one // len(held)], name: held[one % len(held)]} for one in used.tolist()
            ]
        return codes, found

    def _keys(self, combination: Mapping[str, Held]) -> list[SliceKey]:
        row = {
            name: np.array(values, object if isinstance(values[0], bytes) else None)
            for name, values in combination.items()
            if values
        }
        try:
            return list(self._spec.generate_slices(SliceAccessor([row])))
        except ValueError as error:
            raise DataError(
                "the values of a column to slice by must be UTF-8",
                received=str(error),
                action="slice by another column, or correct its values",
            ) from error
