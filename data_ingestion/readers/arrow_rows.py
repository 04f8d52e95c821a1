"""Arrow record batches of any source to `Rows`.

A column may hold values, lists of values, or structs of these, one level deep: the field `city` of
the struct `address` is the column `address.city`. A list with a missing element is rejected.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa
from pyarrow import types as of

from data_ingestion.readers.arrow_values import Faults, convert_values, kind_of, show
from data_ingestion.readers.rows import RejectedRow, Rows
from zeroskew.errors import DataError

_WIDTH = ("", "INT", "FLOAT", "BYTES")


def to_rows(batch: pa.RecordBatch, types: Mapping[str, str], source: str, first_row: int) -> Rows:
    """Converts a record batch.

    Args:
        batch: the rows; columns that `types` does not name are left out.
        types: ``"FLOAT"``, ``"INT"`` or ``"BYTES"`` by column.
        source: the file, or the name of the query.
        first_row: number of the first row in it, from 1.

    Raises:
        DataError: no column is in `types`, or one is of a type that has no place in a tf.Example.
    """
    faults: Faults = {}
    names, columns = [], []
    for name, array in _columns(batch):
        if name not in types:
            continue
        values, bad = _convert(array, types[name], name)
        names.append(name)
        columns.append(values)
        for row, reason in bad.items():
            faults.setdefault(row, reason)
    if not names:
        raise DataError(
            "the data must have at least one column of the schema",
            allowed=", ".join(types),
            received=f"{source} with the columns {', '.join(column_names(batch.schema))}",
        )
    good = np.ones(batch.num_rows, bool)
    good[list(faults)] = False
    kept = np.flatnonzero(good)
    converted = pa.RecordBatch.from_arrays(columns, names=names)
    return Rows(
        converted.filter(pa.array(good)) if faults else converted,
        first_row + kept,
        lambda row: _as_json(batch, int(kept[row])),
        [
            RejectedRow(source, first_row + row, faults[row], _as_json(batch, row))
            for row in sorted(faults)
        ],
    )


def column_kinds(schema: pa.Schema) -> dict[str, str]:
    """Returns the kind that each column becomes if no schema says.

    Columns of types that have no place in a tf.Example are left out.
    """
    return widest_kinds([schema])


def widest_kinds(schemas: Iterable[pa.Schema]) -> dict[str, str]:
    """Returns for each column the kind that holds its values in each of the schemas.

    A column without values may be of any kind, and is BYTES if it is that everywhere.
    """
    found: dict[str, str] = {}
    for schema in schemas:
        for name, data_type in _fields(schema):
            kind = kind_of(_value_type(data_type))
            if kind:
                width = "" if of.is_null(_value_type(data_type)) else kind
                found[name] = max(found.get(name, ""), width, key=_WIDTH.index)
    return {name: kind or "BYTES" for name, kind in found.items()}


def column_names(schema: pa.Schema) -> list[str]:
    """Returns the columns, fields of structs among them."""
    return [name for name, _ in _fields(schema)]


def value_types(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    """Returns each column with the type of its values, or of those in its lists."""
    return [(name, _value_type(data_type)) for name, data_type in _fields(schema)]


def unfit_columns(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    """Returns each column that no tf.Example can hold, with its type."""
    return [
        (name, data_type)
        for name, data_type in _fields(schema)
        if kind_of(_value_type(data_type)) is None
    ]


def values_of(batch: pa.RecordBatch, column: str) -> pa.Array:
    """Returns all values of a column, also those in lists, without the rows they stand in."""
    values = _take_out(dict(_columns(batch))[column])
    return _take_out(values.flatten()) if _is_list(values.type) else values


def _fields(schema: pa.Schema) -> Iterator[tuple[str, pa.DataType]]:
    for field in schema:
        if of.is_struct(field.type):
            yield from ((f"{field.name}.{inner.name}", inner.type) for inner in field.type)
        else:
            yield field.name, field.type


def _columns(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if of.is_struct(field.type):
            for inner, values in zip(field.type, column.flatten(), strict=True):
                yield f"{field.name}.{inner.name}", values
        else:
            yield field.name, column


def _value_type(data_type: pa.DataType) -> pa.DataType:
    held = _held(data_type)
    return _held(held.value_type) if _is_list(held) else held


def _held(data_type: pa.DataType) -> pa.DataType:
    """Returns what an extension of Arrow, or a dictionary, holds."""
    if isinstance(data_type, pa.BaseExtensionType):
        return _held(data_type.storage_type)
    return _held(data_type.value_type) if of.is_dictionary(data_type) else data_type


def _take_out(array: pa.Array) -> pa.Array:
    """Returns the values that an array of an extension, or of a dictionary, holds."""
    if isinstance(array.type, pa.BaseExtensionType):
        return _take_out(array.storage)
    return _take_out(array.dictionary_decode()) if of.is_dictionary(array.type) else array


def _is_list(data_type: pa.DataType) -> bool:
    return bool(
        of.is_list(data_type) or of.is_large_list(data_type) or of.is_fixed_size_list(data_type)
    )


def _convert(array: pa.Array, kind: str, name: str) -> tuple[pa.Array, Faults]:
    if kind_of(_value_type(array.type)) is None:
        raise DataError(
            f"column {name!r} must be of a type that a tf.Example can hold",
            allowed="numbers, text, bytes, booleans, decimals, dates and times, lists of these, "
            "and structs of these, one level deep",
            received=f"{array.type}",
            action="convert the column where the data is made, or take it out of the schema",
        )
    array = _take_out(array)
    if _is_list(array.type):
        return _convert_lists(array, kind, name)
    return convert_values(array, kind, name)


def _convert_lists(array: pa.Array, kind: str, name: str) -> tuple[pa.Array, Faults]:
    present = array.is_valid().to_numpy(zero_copy_only=False)
    if of.is_fixed_size_list(array.type):
        counts = present * array.type.list_size
    else:
        counts = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    ends = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    values, bad = convert_values(_take_out(array.flatten()), kind, name)
    for index in np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False)).tolist():
        bad.setdefault(index, f"{name} is a list with a missing element")
    faults: Faults = {}
    for index in sorted(bad):
        faults.setdefault(int(np.searchsorted(ends, index, side="right")) - 1, bad[index])
    # A null offset makes a null list.
    offsets = pa.array(ends.astype(np.int32), mask=np.append(~present, False))
    return pa.ListArray.from_arrays(offsets, values), faults


def _as_json(batch: pa.RecordBatch, row: int) -> str:
    columns = [_readable(column.slice(row, 1)) for column in batch.columns]
    values = dict(zip(batch.schema.names, columns, strict=True))
    return json.dumps(values, default=_plain, ensure_ascii=False)


def _readable(column: pa.Array) -> object:
    try:
        (value,) = column.to_pylist()
    except (OverflowError, ValueError, KeyError):
        # Python has no such day, or no such time zone; Arrow shows what it can.
        return show(column)
    return value


def _plain(value: object) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
