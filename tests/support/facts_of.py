"""What a look at the values of a column says, for tests."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from zeroskew.column_facts import ColumnFacts, TableFacts, look_at


def facts_of(name: str, values: Sequence[Any]) -> ColumnFacts:
    """Looks at one column."""
    (column,) = table_of({name: values}).columns
    return column


def table_of(columns: dict[str, Sequence[Any]]) -> TableFacts:
    """Looks at columns of Python values."""
    arrays = {name: _array(values) for name, values in columns.items()}
    return look_at([pa.RecordBatch.from_pydict(arrays)])


def _array(values: Sequence[Any]) -> pa.Array:
    array = pa.array(values)
    if pa.types.is_string(array.type) or pa.types.is_null(array.type):
        return array.cast(pa.binary())
    if pa.types.is_list(array.type) and pa.types.is_string(array.type.value_type):
        return array.cast(pa.list_(pa.binary()))
    return array
