"""What databases send that has no place in a tf.Example, or looks like something else.

Numbers of any precision come as text. Some types of PostgreSQL come as the bytes of its protocol,
and moments at infinity as moments long before history.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as of

from data_ingestion.readers.arrow_rows import column_kinds, unfit_columns
from data_ingestion.readers.rows import RejectedRow, Rows
from zeroskew.errors import DataError

NUMBER = {b"sql": b"number"}
"""Metadata of a column whose text is a number."""
UNREADABLE = b"sql:unreadable"
"""Key of the metadata of a column whose values are not read; the value names the type."""

_POSTGRESQL_TYPES = (b"ADBC:postgresql:typname", b"POSTGRESQL:type")
"""Where versions of ADBC's driver name the type of a column."""
_POSTGRESQL_BYTES = ("", "bytea", "json", "jsonb")
"""Types of which the bytes of the protocol mean what they say."""
_FIRST_DAY = -2_440_588
"""The first day of PostgreSQL, in 4714 BC, counted from 1970."""


def kinds(schema: pa.Schema) -> dict[str, str]:
    """Returns the kind that each column becomes if no schema says."""
    found = column_kinds(schema)
    for field in schema:
        if _unreadable(field):
            found.pop(field.name, None)
        elif _is_number(field):
            found[field.name] = "FLOAT"
    return found


def unfit(schema: pa.Schema) -> dict[str, str]:
    """Returns the type of each column of which the values cannot be read."""
    found = {name: str(data_type) for name, data_type in unfit_columns(schema)}
    return found | {field.name: name for field in schema if (name := _unreadable(field))}


def check_types(schema: pa.Schema, types: Mapping[str, str]) -> None:
    """Proves that the columns that are wanted hold values that can be read.

    Raises:
        DataError: one does not.
    """
    for field in schema:
        name = _unreadable(field)
        if name and field.name in types:
            raise DataError(
                f"column {field.name!r} must be of a type that a tf.Example can hold",
                allowed="numbers, text, bytes, booleans, dates and times",
                received=f"the type {name} of the database",
                action="convert it in the query, with CAST(... AS VARCHAR), or take it out of the "
                "schema",
            )


def clean(batch: pa.RecordBatch, types: Mapping[str, str]) -> tuple[pa.RecordBatch, dict[int, str]]:
    """Makes NaN among numbers that came as text, and moments at infinity, missing values.

    Returns:
        The rows, and for each row with a moment at infinity, by its index, the reason not to use
        it.
    """
    columns = [
        one.storage if isinstance(one.type, pa.BaseExtensionType) else one for one in batch.columns
    ]
    faults: dict[int, str] = {}
    for place, field in enumerate(batch.schema):
        column = columns[place]
        if _is_number(field) and of.is_string(column.type):
            columns[place] = _without(column, pc.equal(column, "nan"))
        elif of.is_timestamp(column.type) or of.is_date32(column.type):
            infinite = _infinite(column)
            if not infinite.any():
                continue
            columns[place] = _without(column, pa.array(infinite))
            if field.name in types:
                for row in np.flatnonzero(infinite).tolist():
                    faults.setdefault(row, f"{field.name} is infinite")
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names), faults


def reject(rows: Rows, faults: Mapping[int, str], source: str, first_row: int) -> Rows:
    """Rejects more of the rows of a batch.

    Args:
        rows: what the batch became.
        faults: the reason, by the index of the row in the batch.
        source: the name of the query.
        first_row: number of the first row of the batch.
    """
    if not faults:
        return rows
    good = ~np.isin(rows.lines - first_row, list(faults))
    kept = np.flatnonzero(good)
    rejected = [
        RejectedRow(source, line, faults[line - first_row], rows.raw(row))
        for row, line in enumerate(rows.lines.tolist())
        if line - first_row in faults
    ]
    return Rows(
        rows.batch.filter(pa.array(good)),
        rows.lines[good],
        lambda row: rows.raw(int(kept[row])),
        sorted([*rows.rejected, *rejected], key=lambda one: one.line),
    )


def _unreadable(field: pa.Field) -> str | None:
    metadata = field.metadata or {}
    if UNREADABLE in metadata:
        return metadata[UNREADABLE].decode()
    if of.is_interval(field.type):
        return "interval"
    name = _postgresql_type(metadata)
    return name if name not in _POSTGRESQL_BYTES and _is_binary(field.type) else None


def _is_number(field: pa.Field) -> bool:
    if of.is_list(field.type):
        return _is_number(field.type.value_field)
    metadata = field.metadata or {}
    return _postgresql_type(metadata) == "numeric" or NUMBER.items() <= metadata.items()


def _postgresql_type(metadata: Mapping[bytes, bytes]) -> str:
    return next((metadata[key].decode() for key in _POSTGRESQL_TYPES if key in metadata), "")


def _is_binary(data_type: pa.DataType) -> bool:
    if isinstance(data_type, pa.BaseExtensionType):
        return _is_binary(data_type.storage_type)
    return bool(of.is_binary(data_type) or of.is_fixed_size_binary(data_type))


def _infinite(array: pa.Array) -> np.ndarray:
    """Marks moments before PostgreSQL's first day, and the largest number there is."""
    if of.is_date32(array.type):
        numbers = array.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False)
        return (numbers < _FIRST_DAY) | (numbers == 2**31 - 1)
    numbers = array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    largest = numbers == 2**63 - 1
    return largest if array.type.unit == "ns" else largest | (numbers < _first(array.type.unit))


def _first(unit: str) -> int:
    return _FIRST_DAY * 86_400 * {"s": 1, "ms": 10**3, "us": 10**6}[unit]


def _without(array: pa.Array, unwanted: pa.Array) -> pa.Array:
    return pc.if_else(unwanted, pa.scalar(None, array.type), array)
