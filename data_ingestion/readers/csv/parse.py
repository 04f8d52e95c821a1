"""CSV text to typed columns; the rows that do not fit are named.

pyarrow reads a block of rows at once if every row fits. If one does not, pyarrow says neither which
row nor which column, so the block is read again as text and converted column by column.
"""

import codecs
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from data_ingestion.readers.csv.list_cells import parse_lists
from data_ingestion.readers.csv.row_ends import QUOTE, FoundRows, count_lines, line_breaks
from data_ingestion.readers.rows import RejectedRow, Rows
from data_ingestion.readers.text_values import ARROW_TYPES, is_bounded, parse_values
from zeroskew.cell_types import CellType, ListType
from zeroskew.errors import StepError

_TYPES = {**ARROW_TYPES, "BYTES": pa.string()}


@dataclasses.dataclass(frozen=True)
class Dialect:
    """How the values of a CSV file are written down.

    Attributes:
        delimiter: one byte, between fields.
        null_tokens: what stands for a missing value.
        encoding: of the text, by Python's name.
    """

    delimiter: str = ","
    null_tokens: tuple[str, ...] = ("",)
    encoding: str = "utf-8"


@dataclasses.dataclass(frozen=True)
class Block:
    """Some whole rows of a file.

    Attributes:
        source: the file.
        text: the rows, in UTF-8.
        line: number of the line at which the text begins, from 1.
        found: where the rows are in the text.
    """

    source: str
    text: bytes
    line: int
    found: FoundRows

    def lines(self) -> np.ndarray:
        """Returns the number of the line at which each row begins."""
        breaks = line_breaks(np.frombuffer(self.text, np.uint8))
        return self.line + np.searchsorted(breaks, self.found.starts)

    def raw(self, row: int) -> str:
        """Returns the text of a row."""
        start, end = self.found.starts[row], self.found.ends[row]
        return self.text[start:end].decode(errors="backslashreplace")


def parse(block: Block, header: Sequence[str], types: Mapping[str, str], dialect: Dialect) -> Rows:
    """Parses a block.

    Args:
        block: the rows.
        header: the file's columns, in their order.
        types: type of each column that is wanted and in the file.
        dialect: how the values are written down.
    """
    try:
        batch = None if block.found.unclosed else read_text(block.text, header, types, dialect)
    except pa.ArrowInvalid:
        batch = None
    if batch is not None and batch.num_rows == len(block.found.starts) and _all_bounded(batch):
        batch, whole = _with_cells(_as_binary(batch), types)
        if whole:
            return Rows(batch, block.lines(), block.raw)
    return _parse_with_faults(block, header, types, dialect)


def _parse_with_faults(
    block: Block,
    header: Sequence[str],
    types: Mapping[str, str],
    dialect: Dialect,
) -> Rows:
    rows = [
        block.text[start:end] + b"\n"
        for start, end in zip(block.found.starts, block.found.ends, strict=True)
    ]
    faults = _wrong_lengths(rows, header, dialect)
    whole = np.array([row for row in range(len(rows)) if row not in faults], np.int64)
    text = b"".join([rows[row] for row in whole])
    texts = read_text(text, header, dict.fromkeys(types, "TEXT"), dialect)
    columns = []
    for field, column in zip(texts.schema, texts.columns, strict=True):
        values, bad = _parse_cells(column, types[field.name], field.name)
        columns.append(values)
        for index, reason in bad.items():
            faults.setdefault(int(whole[index]), reason)
    good = np.array([row not in faults for row in whole], bool)
    kept = whole[good]
    lines = block.lines()
    rejected = {start: _unclosed(block, start, end) for start, end in block.found.unclosed}
    for row, reason in faults.items():
        place = int(block.found.starts[row])
        rejected[place] = RejectedRow(block.source, int(lines[row]), reason, block.raw(row))
    return Rows(
        pa.RecordBatch.from_arrays(columns, names=texts.schema.names).filter(pa.array(good)),
        lines[kept],
        lambda index: block.raw(int(kept[index])),
        [rejected[place] for place in sorted(rejected)],
    )


def _wrong_lengths(
    rows: Sequence[bytes], header: Sequence[str], dialect: Dialect
) -> dict[int, str]:
    """Returns for each row with too few or too many fields how many it has."""
    faults: dict[int, str] = {}

    def note(row: Any) -> str:
        count = f"{row.actual_columns} field{'' if row.actual_columns == 1 else 's'}"
        faults[row.number - 1] = f"{count}, the header has {row.expected_columns}"
        return "skip"

    # pyarrow hands an invalid row on as text, so it must be text.
    text = b"".join(rows).decode(errors="replace").encode()
    first = {header[0]: "TEXT"}
    found = read_text(text, header, first, dialect, note)
    if found.num_rows + len(faults) != len(rows):
        raise StepError(f"{len(rows)} rows of CSV became {found.num_rows} and {len(faults)}")
    return faults


def _unclosed(block: Block, start: int, end: int) -> RejectedRow:
    line = block.line + count_lines(block.text, start)
    raw = block.text[start:end].decode(errors="backslashreplace")
    return RejectedRow(block.source, line, "a quote is opened and never closed", raw)


def read_text(
    text: bytes,
    header: Sequence[str],
    types: Mapping[str, str],
    dialect: Dialect,
    on_invalid_row: object = None,
) -> pa.RecordBatch:
    """Reads text with pyarrow.

    Args:
        text: whole rows, in UTF-8.
        header: their columns, in their order.
        types: of the columns that are wanted; all, with the types that pyarrow finds, if empty.
        dialect: how the values are written down.
        on_invalid_row: is told of rows with too few or too many fields; pyarrow's.

    Raises:
        pa.ArrowInvalid: a value is not of its column's type, or a row not of the header's length.
    """
    convert = arrow_csv.ConvertOptions(
        column_types={name: _column_type(kind) for name, kind in types.items()},
        include_columns=list(types),
        null_values=list(dialect.null_tokens),
        strings_can_be_null=True,
    )
    if not text:
        fields = [(name, convert.column_types[name]) for name in types]
        return pa.RecordBatch.from_pylist([], pa.schema(fields))
    if text.startswith(codecs.BOM_UTF8):
        text = (
            codecs.BOM_UTF8 + text
        )  # pyarrow leaves out the first one, wherever the text is from.
    table = arrow_csv.read_csv(
        pa.py_buffer(text),
        read_options=arrow_csv.ReadOptions(
            column_names=list(header), use_threads=False, block_size=len(text) + 1
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=dialect.delimiter,
            newlines_in_values=QUOTE in text,
            invalid_row_handler=on_invalid_row,
        ),
        convert_options=convert,
    )
    return _one_batch(table)


def _column_type(kind: str) -> pa.DataType:
    is_plain = kind in _TYPES and not isinstance(kind, CellType)
    return _TYPES[kind] if is_plain else pa.binary()


def _with_cells(batch: pa.RecordBatch, types: Mapping[str, str]) -> tuple[pa.RecordBatch, bool]:
    """Returns the rows with the values of cells of a `CellType`, and whether all could be read."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name, kind in types.items():
        if isinstance(kind, CellType):
            columns[name], faults = _parse_cells(columns[name], kind, name)
            if faults:
                return batch, False
    return pa.RecordBatch.from_arrays([*columns.values()], names=[*columns]), True


def _parse_cells(cells: pa.Array, kind: str, name: str) -> tuple[pa.Array, dict[int, str]]:
    if isinstance(kind, ListType):
        return parse_lists(cells, kind, name)
    return parse_values(cells, kind, name)


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    columns = [pa.concat_arrays(column.chunks) for column in table.columns]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _all_bounded(batch: pa.RecordBatch) -> bool:
    floats = [column for column in batch.columns if pa.types.is_floating(column.type)]
    return all(is_bounded(column).all() for column in floats)


def _as_binary(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        column.cast(pa.binary()) if pa.types.is_string(column.type) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
