"""Which rows are in which slice, as TFMA says it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from tensorflow_model_analysis.slicer import slicer_lib
from tensorflow_model_analysis.slicer.slice_accessor import SliceAccessor

from zeroskew.errors import DataError

SliceKey = tuple[tuple[str, Any], ...]
"""Columns with a value of each, by name; empty for all rows."""

Values = Mapping[str, Sequence[tuple[Any, ...]]]
"""By column, the values of each row."""


def columns_of(spec: Any) -> list[str]:
    """Returns the columns that a `SlicingSpec` slices by."""
    return [*spec.feature_keys, *spec.feature_values]


class Slices:
    """Finds the rows of each slice that one `SlicingSpec` asks for.

    TFMA says for each combination of values which slices it is in, once. What is kept of a row are
    four bytes.
    """

    def __init__(self, spec: Any) -> None:
        self._spec = slicer_lib.SingleSliceSpec(spec=spec)
        self._columns = columns_of(spec)
        self._combinations: dict[tuple[Any, ...], int] = {}
        self._codes: list[np.ndarray] = []

    def add(self, rows: int, values: Values) -> None:
        """Adds rows."""
        columns = [values[name] for name in self._columns]
        combinations = zip(*columns, strict=True) if columns else [()] * rows
        known = self._combinations
        codes = (known.setdefault(one, len(known)) for one in combinations)
        self._codes.append(np.fromiter(codes, np.int32, rows))

    def places(self) -> Iterator[tuple[SliceKey, np.ndarray]]:
        """Yields each slice with the places of its rows, in the order in which they were added.

        Raises:
            DataError: the value of a slice is no UTF-8.
        """
        codes = np.concatenate([*self._codes, np.empty(0, np.int32)])
        counts = np.bincount(codes, minlength=len(self._combinations))
        rows = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
        members: dict[SliceKey, list[np.ndarray]] = {}
        for combination, places in zip(self._combinations, rows, strict=False):
            for key in self._keys(combination):
                members.setdefault(key, []).append(places)
        for key, parts in members.items():
            yield key, np.sort(np.concatenate(parts))

    def _keys(self, combination: tuple[Any, ...]) -> list[SliceKey]:
        row = {
            name: np.array(values, object if isinstance(values[0], bytes) else None)
            for name, values in zip(self._columns, combination, strict=True)
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
