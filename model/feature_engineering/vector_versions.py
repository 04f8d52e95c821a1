"""Columns that say of which version the vector of a row is, so that vectors are never mixed."""

import dataclasses
from typing import Any

from zeroskew.lazy import lazy_import

np = lazy_import("numpy")
pa = lazy_import("pyarrow")
pc = lazy_import("pyarrow.compute")


@dataclasses.dataclass(frozen=True)
class VectorVersion:
    """What a column must say of the vector beside it.

    Attributes:
        vector: the column with the vectors.
        column: that says of which version each is.
        version: the only one that is taken.
    """

    vector: str
    column: str
    version: str

    def value(self, column_type: str) -> str | int:
        """Returns the version as a column of the type ``"BYTES"`` or ``"INT"`` holds it."""
        return int(self.version) if column_type == "INT" else self.version

    def others(self, batch: Any) -> Any:
        """Returns the rows that have a vector, but not of the version; int64.

        Args:
            batch: an Arrow record batch; a column that it lacks is missing in each row.
        """
        vectors, said = _column(batch, self.vector), _column(batch, self.column)
        if vectors is None or not pa.types.is_nested(vectors.type):
            return np.empty(0, np.int64)
        agrees = np.zeros(len(vectors), bool) if said is None else self._agrees(said)
        rows = np.flatnonzero(~agrees)
        return rows[_given(vectors.take(pa.array(rows)))]

    def said(self, batch: Any, row: int) -> str:
        """Returns in words of which version a row says that its vector is."""
        column = _column(batch, self.column)
        value = None if column is None else column[row].as_py()
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        return "nothing" if value in (None, "") else repr(str(value))

    def _agrees(self, said: Any) -> Any:
        is_list = pa.types.is_nested(said.type)
        values = said.flatten() if is_list else said
        rows = pc.list_parent_indices(said).to_numpy() if is_list else np.arange(len(said))
        kind = "INT" if pa.types.is_integer(values.type) else "BYTES"
        if pa.types.is_null(values.type):
            return np.zeros(len(said), bool)
        wanted = pa.scalar(self.value(kind)).cast(values.type)
        same = pc.equal(values, wanted).fill_null(False).to_numpy(zero_copy_only=False)
        found = np.zeros(len(said), bool)
        found[rows[same]] = True
        found[rows[~same]] = False
        return found


def _given(vectors: Any) -> Any:
    """Tells which vectors are there; one of nothing but NaN is a missing one."""
    known = pc.fill_null(pc.is_finite(vectors.flatten().cast(pa.float64())), False)
    found = np.zeros(len(vectors), bool)
    found[pc.list_parent_indices(vectors).filter(known).to_numpy()] = True
    return found


def _column(batch: Any, name: str) -> Any:
    place = batch.schema.get_field_index(name)
    if place < 0 or pa.types.is_null(batch.column(place).type):
        return None
    return batch.column(place)
