"""The cells of one input of a signature: checked one request at a time, made an array by the batch.

A cell is what one row holds in one column: a value, a list, or nested lists. Checking is all that
can fail, so that rows of several clients can be made arrays together.
"""

import base64
import binascii
import itertools
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

_FLOATS = ("float16", "float32", "float64")
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_NONE = type(None)
_ACCEPTED: dict[str, frozenset[type]] = {
    **dict.fromkeys(_FLOATS, frozenset({float, int})),
    **dict.fromkeys(_INTEGERS, frozenset({int})),
    "bool": frozenset({bool}),
    "string": frozenset({str, bytes}),
}
_SHOWN = 100

Cells = Sequence[Any]


class CellError(ValueError):
    """A cell that its input does not take.

    Args:
        row: its place in the request, from 0.
        takes: what the input takes.
        received: the cell.

    Attributes:
        name: of the input, where that is known.
    """

    name = ""

    def __init__(self, row: int, takes: str, received: Any) -> None:
        super().__init__(takes)
        self.row = row
        self.takes = takes
        text = repr(received)
        self.received = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


class Column(Protocol):
    """What makes an array of the cells of one input."""

    takes: str

    def check(self, cells: Cells) -> Cells:
        """Returns the cells as `array` takes them: the same object if they are as they should be.

        Raises:
            CellError: one is not such a cell.
        """

    def array(self, cells: Cells) -> np.ndarray:
        """Returns an array with a row for each of the checked cells, of however many requests."""

    def missing(self, cells: Cells) -> int:
        """Returns how many of the checked cells are without a value."""


class Values:
    """One value in each row.

    Args:
        dtype: TensorFlow's name of its type.
        missing: the marker of a missing value, sent as null; None if each row must have a value.
    """

    def __init__(self, dtype: str, missing: Any) -> None:
        self.takes = _words(dtype) + (", or null" if missing is not None else "")
        self.dtype = np.dtype(object if dtype == "string" else dtype)
        self._missing = missing
        self._text = dtype == "string"
        self._bounds = _bounds(dtype)
        self._accepted = _ACCEPTED[dtype] | ({_NONE} if missing is not None else frozenset())

    def check(self, cells: Cells) -> Cells:
        """Returns the cells with what was sent in base64 as bytes."""
        if not self._accepted.issuperset(map(type, cells)):
            cells = [self._one(row, cell) for row, cell in enumerate(cells)]
        if self._bounds is not None:
            self._check_bounds(cells, *self._bounds)
        return cells

    def array(self, cells: Cells) -> np.ndarray:
        """Returns an array of shape [rows]."""
        # NumPy itself makes NaN of None.
        if self._missing is not None and self.dtype.kind != "f" and None in cells:
            cells = [self._missing if cell is None else cell for cell in cells]
        return np.array(cells, self.dtype)

    def missing(self, cells: Cells) -> int:
        """Returns how many cells are null, or an empty text."""
        return cells.count(None) + (cells.count("") if self._text else 0)

    def filled(self, *shape: int) -> np.ndarray:
        """Returns an array of missing values."""
        return np.full(shape, self._missing, self.dtype)

    def _one(self, row: int, cell: Any) -> Any:
        if self._text and type(cell) is dict and cell.keys() == {"b64"}:
            return _decode(row, cell["b64"])
        if type(cell) not in self._accepted:
            raise CellError(row, self.takes, cell)
        return cell

    def _check_bounds(self, cells: Cells, least: int, greatest: int) -> None:
        # Most requests have no cell out of bounds, and this needs no look at each in Python.
        given = [*filter(None, cells)]
        if given and (max(given) > greatest or min(given) < least):
            row = next(i for i, one in enumerate(cells) if one and not least <= one <= greatest)
            raise CellError(row, self.takes, cells[row])


class Lists:
    """A list in each row, or a vector; shorter lists are filled up with missing values.

    Args:
        dtype: TensorFlow's name of the type of its values.
        missing: the marker of a missing value.
        length: how many values a vector has; None for lists of any length.
    """

    def __init__(self, dtype: str, missing: Any, length: int | None) -> None:
        many = f"{length} of these: " if length else ""
        self.takes = f"a list with {many}{_words(dtype)}; or null"
        self._values = Values(dtype, missing)
        self._length = length

    def check(self, cells: Cells) -> Cells:
        """Returns the cells with an empty list where a value is missing."""
        lists = [[] if cell is None else cell for cell in cells]
        for row, one in enumerate(lists):
            if type(one) is not list or (self._length and one and len(one) != self._length):
                raise CellError(row, self.takes, one)
        flat = [*itertools.chain.from_iterable(lists)]
        try:
            checked = self._values.check(flat)
        except CellError as error:
            ends = itertools.accumulate(map(len, lists))
            row = next(row for row, end in enumerate(ends) if error.row < end)
            raise CellError(row, self.takes, lists[row]) from error
        if checked is flat:
            return lists
        values = iter(checked)
        return [[*itertools.islice(values, len(one))] for one in lists]

    def array(self, cells: Cells) -> np.ndarray:
        """Returns an array of shape [rows, length of the longest list, but at least 1]."""
        counts = [*map(len, cells)]
        width = self._length or max(1, *counts, 1)
        values = self._values.array([*itertools.chain.from_iterable(cells)])
        if len(values) == width * len(cells):
            return values.reshape(len(cells), width)
        filled = self._values.filled(len(cells), width)
        filled[np.arange(width) < np.array(counts)[:, None]] = values
        return filled

    def missing(self, cells: Cells) -> int:
        """Returns how many cells are empty lists."""
        return sum(not one for one in cells)

    def widened(self, array: np.ndarray, width: int) -> np.ndarray:
        """Returns an array of shape [rows, n] filled up to [rows, width]."""
        if array.shape[1] == width:
            return array
        filled = self._values.filled(len(array), width)
        filled[:, : array.shape[1]] = array
        return filled


class Nested:
    """A tensor of one shape in each row, as nested lists.

    Args:
        dtype: TensorFlow's name of its type.
    """

    def __init__(self, dtype: str) -> None:
        self.takes = f"nested lists of one shape, of {_words(dtype)}"
        self._values = Values(dtype, None)

    def check(self, cells: Cells) -> Cells:
        """Returns an array for each cell, all of one shape."""
        arrays = [self._array(row, cell) for row, cell in enumerate(cells)]
        for row, one in enumerate(arrays):
            if one.shape != arrays[0].shape:
                raise CellError(row, f"the shape of the first row, {arrays[0].shape}", cells[row])
        return arrays

    def array(self, cells: Cells) -> np.ndarray:
        """Returns an array of shape [rows, *shape of a cell]."""
        return np.stack(cells) if cells else np.empty((0,), self._values.dtype)

    def missing(self, cells: Cells) -> int:
        """Returns 0: each row must have a value."""
        del cells
        return 0

    def _array(self, row: int, cell: Any) -> np.ndarray:
        shape: list[int] = []
        flat = [cell]
        while flat and type(flat[0]) is list:
            sizes = {len(one) if type(one) is list else -1 for one in flat}
            if len(sizes) != 1:
                raise CellError(row, self.takes, cell)
            shape += sizes
            flat = [*itertools.chain.from_iterable(flat)]
        try:
            return self._values.array(self._values.check(flat)).reshape(shape)
        except CellError as error:
            raise CellError(row, self.takes, cell) from error


def known(dtype: str) -> bool:
    """Whether JSON has values for a type of TensorFlow."""
    return dtype in _ACCEPTED


def _words(dtype: str) -> str:
    if dtype in _FLOATS:
        return "a number"
    if dtype in _INTEGERS:
        return f"a whole number ({dtype})"
    return "true or false" if dtype == "bool" else 'a text, or {"b64": ...}'


def _bounds(dtype: str) -> tuple[int, int] | None:
    if dtype not in _INTEGERS:
        return None
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def _decode(row: int, text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise CellError(row, 'bytes in base64: {"b64": "..."}', text) from error
