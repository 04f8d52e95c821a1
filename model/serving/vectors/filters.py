"""Which rows of a table count in a search, by what its columns hold."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zeroskew.errors import DataError, did_you_mean

_BOUNDS = {"min", "max"}

Filter = Mapping[str, Any]
"""By column a value, a list of values, or a range: ``{"min": 3}``, ``{"min": 3, "max": 9}``."""


def chosen_rows(table: pa.Table, wanted: Filter) -> np.ndarray:
    """Returns which rows have all that a filter wants, bool of shape [rows].

    Args:
        table: the rows.
        wanted: the filter; a row without a value in a column that it names does not count.

    Raises:
        DataError: it names no column, or holds what cannot be compared with the column's values.
    """
    chosen = np.ones(table.num_rows, bool)
    for name, value in wanted.items():
        if name not in table.column_names:
            raise DataError(
                "a filter names columns that stand beside the vectors",
                allowed=", ".join(table.column_names) or "none",
                received=repr(name),
                action=did_you_mean(name, table.column_names)
                or "add the column to embeddings.columns, and run the pipeline again",
            )
        try:
            matches = _matches(table[name], value)
        except (pa.ArrowException, TypeError, OverflowError) as error:
            raise DataError(
                f"a filter of {name!r} holds values of its type, {table[name].type}",
                allowed='a value, a list of values, or {"min": ..., "max": ...}',
                received=repr(value),
            ) from error
        chosen &= matches.fill_null(False).to_numpy()
    return chosen


def _matches(column: pa.ChunkedArray, value: Any) -> pa.ChunkedArray:
    if isinstance(value, Mapping):
        if not value or not set(value) <= _BOUNDS:
            raise TypeError("a range has min, max or both")
        least, most = (_scalar(column, value.get(name)) for name in ("min", "max"))
        found = pc.is_valid(column)
        if least is not None:
            found = pc.and_(found, pc.greater_equal(column, least))
        return found if most is None else pc.and_(found, pc.less_equal(column, most))
    some = value if isinstance(value, list) else [value]
    return pc.is_in(column, value_set=pa.array([_plain(column, one) for one in some], column.type))


def _scalar(column: pa.ChunkedArray, value: Any) -> pa.Scalar | None:
    return None if value is None else pa.scalar(_plain(column, value), column.type)


def _plain(column: pa.ChunkedArray, value: Any) -> Any:
    # Arrow takes a yes for 1, and cuts off what a whole number cannot hold.
    if isinstance(value, bool) or value is None:
        raise TypeError("no such value")
    if isinstance(value, float) and pa.types.is_integer(column.type) and not value.is_integer():
        raise TypeError("not a whole number")
    is_text = pa.types.is_string(column.type)
    if is_text != isinstance(value, str):
        raise TypeError("another type")
    return value
