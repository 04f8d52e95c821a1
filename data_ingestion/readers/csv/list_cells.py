"""Cells of text that hold a list each: ``a|b|c``, or ``["a", "b"]``.

An empty cell is a missing list. All cells are split at once where a separator says how, and read
one by one where they are JSON.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_ingestion.readers.cell_text import without_missing
from data_ingestion.readers.text_values import ARROW_TYPES, parse_values, show
from zeroskew.cell_types import ListType

Faults = dict[int, str]
_BEYOND = 2.0**128 - 2.0**103
"""The smallest number that is infinite as a 32-bit float."""


def parse_lists(cells: pa.Array, kind: ListType, name: str) -> tuple[pa.Array, Faults]:
    """Reads the cells of a column.

    Args:
        cells: binary array; null where a list is missing.
        kind: what the lists hold, and how they are written.
        name: of the column.

    Returns:
        A list array, null where a list is missing, and for each cell that is no such list, by its
        index, the reason; such a list is null in the array.
    """
    cells = without_missing(cells, kind)
    empty = pc.equal(pc.binary_length(cells), 0)
    cells = pc.if_else(empty, pa.scalar(None, cells.type), cells)
    read = _from_json if kind.cells == "json" else _split
    lists, faults = read(cells, kind, name)
    if kind.length is not None:
        lengths = pc.list_value_length(lists).fill_null(kind.length)
        wrong = np.flatnonzero(lengths.to_numpy(zero_copy_only=False) != kind.length)
        for index in wrong.tolist():
            count = lengths[index].as_py()
            faults.setdefault(index, f"{name} has {count} values, the schema says {kind.length}")
    return (_without(lists, faults) if faults else lists), faults


def _split(cells: pa.Array, kind: ListType, name: str) -> tuple[pa.Array, Faults]:
    lists = pc.split_pattern(cells, pattern=kind.cells)
    values, bad = parse_values(lists.flatten(), kind, f"an element of {name}")
    sizes = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False)
    ends = np.cumsum(sizes, dtype=np.int64)
    faults: Faults = {}
    for element, reason in sorted(bad.items()):
        faults.setdefault(int(np.searchsorted(ends, element, side="right")), reason)
    return _lists(ends, values, cells.is_null().to_numpy(zero_copy_only=False)), faults


def _lists(ends: np.ndarray, values: pa.Array, missing: np.ndarray) -> pa.Array:
    # A null where an empty list begins makes it a null.
    starts = np.concatenate([[0], ends]).astype(np.int32)
    offsets = pa.array(starts, pa.int32(), mask=np.append(missing, False))
    return pa.ListArray.from_arrays(offsets, values)


def _without(lists: pa.Array, faults: Faults) -> pa.Array:
    dropped = np.zeros(len(lists), bool)
    dropped[list(faults)] = True
    return lists.take(pa.array(np.arange(len(lists)), mask=dropped))


def _from_json(cells: pa.Array, kind: ListType, name: str) -> tuple[pa.Array, Faults]:
    lists: list[list[Any] | None] = []
    faults: Faults = {}
    convert = _ELEMENTS[kind]
    for index, cell in enumerate(cells.to_pylist()):
        lists.append(None)
        if cell is None:
            continue
        try:
            found = json.loads(cell.decode())
        except UnicodeDecodeError:
            faults[index] = f"{name} is not UTF-8"
            continue
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list):
            faults[index] = f"{name} is {show(cell)}, not a list in JSON"
            continue
        try:
            lists[-1] = [convert(one) for one in found]
        except _UnfitError as error:
            text = json.dumps(error.element).encode()
            faults[index] = f"an element of {name} is {show(text)}, not {kind}"
    return pa.array(lists, pa.list_(ARROW_TYPES[kind])), faults


class _UnfitError(Exception):
    """An element that is not of the column's type."""

    def __init__(self, element: Any) -> None:
        super().__init__()
        self.element = element


def _text(element: Any) -> bytes:
    try:
        if isinstance(element, str):
            return element.encode()
    except UnicodeEncodeError:
        pass
    raise _UnfitError(element)


def _integer(element: Any) -> int:
    if type(element) is int and -(2**63) <= element < 2**63:
        return element
    raise _UnfitError(element)


def _number(element: Any) -> float:
    try:
        if type(element) in (int, float) and abs(float(element)) < _BEYOND:
            return float(element)
    except OverflowError:
        pass
    raise _UnfitError(element)


_ELEMENTS: dict[str, Callable[[Any], Any]] = {"BYTES": _text, "INT": _integer, "FLOAT": _number}
