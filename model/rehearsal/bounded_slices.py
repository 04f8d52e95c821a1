"""Slices that the gate bounds and that no eval row is in."""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from model.feature_engineering.columns import Column
from model.slice_settings import MISSING, SliceBy
from zeroskew.errors import did_you_mean


class BoundedSlices:
    """Takes in eval rows, and says which slices of one column of text are not among them.

    Numbers are cut into ranges that only all rows together tell.

    Args:
        names: of the slices.
        slices: what is sliced by.
        columns: the schema's columns by name.
    """

    def __init__(
        self, names: Iterable[str], slices: Sequence[SliceBy], columns: Mapping[str, Column]
    ) -> None:
        alone = {one.columns[0] for one in slices if len(one.cuts) == 1 and not one.is_cut}
        pairs = [one for one in slices if len(one.cuts) > 1]
        by_name = {
            name: name.partition("=")[0]
            for name in names
            if not any(one.holds(name) for one in pairs)
        }
        self._bounded = {
            name: column
            for name, column in by_name.items()
            if column in alone and columns[column].type == "BYTES" and columns[column].length == 1
        }
        self._seen: dict[str, set[str]] = {column: set() for column in self._bounded.values()}

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes in eval rows."""
        for column, seen in self._seen.items():
            place = batch.schema.get_field_index(column)
            values = pc.unique(batch.column(place)).to_pylist() if place >= 0 else [None]
            seen.update(one.decode("utf-8", "replace") if one else MISSING for one in values)

    def warnings(self) -> list[str]:
        """Says which slices have no row, and which one may have been meant."""
        found = []
        for name, column in self._bounded.items():
            held = name.partition("=")[2]
            if held not in self._seen[column]:
                near = did_you_mean(held, self._seen[column], f"{column}=")
                text = f"gate.slices: no eval row is in {name}, so that no model can be blessed"
                found.append(f"{text}; {near}" if near else text)
        return found
