"""The type of each column of CSV files, by all of its values.

Arrow finds the types of a block at once. What it cannot tell apart is looked at as text: codes
with leading zeros, numbers beyond 64 bits, words for a missing value, money and decimal commas.
Rows that are no rows of their file, and values that are no text, have no say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa

from data_ingestion.readers.csv.parse import Block, Dialect, read_text
from data_ingestion.readers.csv.row_ends import QUOTE
from data_ingestion.readers.text_evidence import Evidence

_WIDTH = (None, "INT", "FLOAT", "BYTES")
_ZERO, _NINE = b"09"
_LARGEST = 2.0**63


class Part(Protocol):
    """Rows of a file, in blocks."""

    @property
    def header(self) -> tuple[str, ...]:
        """The columns."""

    @property
    def dialect(self) -> Dialect:
        """How the rows are written."""

    def blocks(self) -> Iterator[Block]:
        """Returns the rows as text, a block at a time."""


def infer_types(parts: Sequence[Part]) -> dict[str, str]:
    """Returns the narrowest type that holds all values of each column.

    It is a `CellType` where cells are not written plainly.
    """
    kinds, doubtful = _look(parts)
    seen = _look_closely(parts, doubtful)
    comma = _has_decimal_comma(parts, kinds, seen)
    return {
        name: (seen[name].type(decimal_comma=comma) if name in seen else kind) or "BYTES"
        for name, kind in kinds.items()
    }


def _has_decimal_comma(
    parts: Sequence[Part], kinds: Mapping[str, str | None], seen: Mapping[str, Evidence]
) -> bool:
    """Tells whether fractions are written with a comma, as far as other columns show it."""
    marks = [one.decimals for one in seen.values()]
    if {"."} in marks or any(kind == "FLOAT" and name not in seen for name, kind in kinds.items()):
        return False
    return {","} in marks or any(part.dialect.delimiter == ";" for part in parts)


def _look(parts: Sequence[Part]) -> tuple[dict[str, str | None], set[str]]:
    """Returns the widest type of each column, and the columns of which texts have to tell."""
    kinds: dict[str, str | None] = {}
    doubtful: set[str] = set()
    for part in parts:
        for block in part.blocks():
            batch = _read(block, part, {})
            for field, column in zip(batch.schema, batch.columns, strict=True):
                kinds[field.name] = max(kinds.get(field.name), _kind(field.type), key=_WIDTH.index)
                if _is_doubtful(column):
                    doubtful.add(field.name)
            integers = {one.name for one in batch.schema if _kind(one.type) == "INT"}
            doubtful |= integers & _begin_with_zero(block, part)
    return kinds, doubtful


def _look_closely(parts: Sequence[Part], columns: Iterable[str]) -> dict[str, Evidence]:
    """Returns what the texts of some columns say, reading no more blocks than it takes."""
    seen = {name: Evidence() for name in columns}
    for part in parts:
        blocks = part.blocks()
        while left := [name for name in part.header if name in seen and not seen[name].is_text]:
            block = next(blocks, None)
            if block is None:
                break
            texts = _read(block, part, dict.fromkeys(left, "TEXT"))
            for name, column in zip(left, texts.columns, strict=True):
                seen[name].add(column.cast(pa.string()))
    return seen


def _read(block: Block, part: Part, types: Mapping[str, str]) -> pa.RecordBatch:
    text = block.text.decode(errors="replace").encode()
    return read_text(text, part.header, types, part.dialect, lambda _: "skip")


def _kind(inferred: pa.DataType) -> str | None:
    if pa.types.is_null(inferred):
        return None
    if pa.types.is_integer(inferred):
        return "INT"
    return "FLOAT" if pa.types.is_floating(inferred) else "BYTES"


def _is_doubtful(column: pa.Array) -> bool:
    if pa.types.is_floating(column.type):
        numbers = column.fill_null(0.0).to_numpy(zero_copy_only=False)
        # NaN is a word for "missing"; a number beyond 64 bits may be whole.
        return bool(not (np.abs(numbers) < _LARGEST).all())
    return pa.types.is_string(column.type) or pa.types.is_binary(column.type)


def _begin_with_zero(block: Block, part: Part) -> set[str]:
    """Returns the columns with a field of a zero and another digit, a sign before them apart.

    Where there are quotes, these are all columns if one is.
    """
    codes = np.frombuffer(block.text, np.uint8)
    delimiter = ord(part.dialect.delimiter)
    after = codes[1:]
    zeros = np.flatnonzero((codes[:-1] == _ZERO) & (after >= _ZERO) & (after <= _NINE))
    before = codes[np.maximum(zeros - 1, 0)]
    zeros = zeros[np.isin(before, [delimiter, *b'\n\r" \t+-']) | (zeros == 0)]
    if not len(zeros) or QUOTE in block.text:
        return set(part.header) if len(zeros) else set()
    delimiters = np.flatnonzero(codes == delimiter)
    rows = block.found.starts[np.searchsorted(block.found.starts, zeros, side="right") - 1]
    fields = np.searchsorted(delimiters, zeros) - np.searchsorted(delimiters, rows)
    return {part.header[field] for field in np.unique(fields) if field < len(part.header)}
