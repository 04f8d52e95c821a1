"""What a look at the rows of a table says of its columns.

All rows are counted; what needs the values themselves is read from evenly drawn rows.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zeroskew.lazy import lazy_import
from zeroskew.progress import tell

np = lazy_import("numpy")

MOST_DRAWN = 100_000
"""Rows whose values are kept; every second, fourth, ... row where there are more."""


@dataclasses.dataclass(frozen=True)
class ColumnFacts:
    """What rows hold of one column.

    Attributes:
        name: of the column.
        type: ``"INT"``, ``"FLOAT"`` or ``"BYTES"``.
        is_list: whether a row holds a list of values.
        lengths: the shortest and the longest list that is there; (1, 1) for single values.
        rows: of the table.
        missing: rows without a value, or with an empty text or list.
        values: of the drawn rows that have one, in the order of the rows; those of lists flattened.
        counts: the different values among these and how often they occur, the most frequent first.
    """

    name: str
    type: str
    is_list: bool
    lengths: tuple[int, int]
    rows: int
    missing: int
    values: pa.Array
    counts: Sequence[tuple[Any, int]]

    @property
    def distinct(self) -> int:
        """How many different values the drawn rows hold."""
        return len(self.counts)

    @property
    def missing_share(self) -> float:
        """Share of the rows without a value."""
        return self.missing / self.rows if self.rows else 0.0

    @property
    def texts(self) -> list[str]:
        """The different values as text, the most frequent first."""
        return [_as_text(value) for value, _ in self.counts]

    @property
    def numbers(self) -> Any:
        """The values as float64."""
        return self.values.cast(pa.float64()).to_numpy(zero_copy_only=False)


@dataclasses.dataclass(frozen=True)
class TableFacts:
    """What rows hold.

    Attributes:
        rows: how many there are.
        columns: in the order of the table.
        drawn: the rows that were drawn evenly, in their order.
    """

    rows: int
    columns: Sequence[ColumnFacts]
    drawn: pa.Table


def look_at(batches: Iterable[pa.RecordBatch], most: int = MOST_DRAWN) -> TableFacts:
    """Looks at all rows, once.

    Args:
        batches: of the same columns; each of int64, float64 or binary, or lists of these.
        most: rows that are drawn.
    """
    rows, step, kept = 0, 1, []
    missing: dict[str, int] = {}
    for batch in batches:
        for field, column in zip(batch.schema, batch.columns, strict=True):
            missing[field.name] = missing.get(field.name, 0) + len(column) - int(_count(column))
        kept.append(_every(pa.Table.from_batches([batch]), step, -rows % step))
        rows += batch.num_rows
        while sum(map(len, kept)) > most:
            kept = [_every(pa.concat_tables(kept), 2)]
            step *= 2
        tell(rows, 0, "rows looked at")
    drawn = pa.concat_tables(kept).combine_chunks() if kept else pa.table({})
    columns = [_facts(name, drawn.column(name), rows, missing[name]) for name in drawn.schema.names]
    return TableFacts(rows, columns, drawn)


def _every(table: pa.Table, step: int, start: int = 0) -> pa.Table:
    return table if step == 1 else table.take(np.arange(start, len(table), step))


def _count(column: pa.Array) -> int:
    """Counts the rows that have a value."""
    if pa.types.is_nested(column.type):
        return int(pc.sum(pc.greater(column.value_lengths(), 0)).as_py() or 0)
    if pa.types.is_binary(column.type) or pa.types.is_string(column.type):
        return int(pc.sum(pc.greater(pc.binary_length(column), 0)).as_py() or 0)
    return len(column) - int(column.null_count)


def _facts(name: str, column: pa.ChunkedArray, rows: int, missing: int) -> ColumnFacts:
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    is_list = pa.types.is_nested(whole.type)
    lengths = (1, 1)
    if is_list:
        sizes = whole.value_lengths().drop_null().to_numpy(zero_copy_only=False)
        there = sizes[sizes > 0]
        lengths = (int(there.min()), int(there.max())) if len(there) else (0, 0)
        whole = whole.flatten()
    values = whole.drop_null()
    kind = _kind(values.type)
    if kind == "BYTES":
        values = values.filter(pc.greater(pc.binary_length(values), 0))
    found = pc.value_counts(values)
    pairs = list(zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True))
    pairs.sort(key=lambda pair: -pair[1])
    return ColumnFacts(name, kind, is_list, lengths, rows, missing, values, pairs)


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        return "INT"
    return "FLOAT" if pa.types.is_floating(kind) else "BYTES"


def _as_text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
