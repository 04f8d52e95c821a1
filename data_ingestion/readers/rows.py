"""What a reader hands on: rows as columns, and the rows it could not read."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa

from data_ingestion.readers.text_values import ARROW_TYPES
from zeroskew.errors import DataError


@dataclasses.dataclass(frozen=True)
class RejectedRow:
    """A row that is not used, and why.

    Attributes:
        source: the file, or the name of the query.
        line: its first line in a text file, its number in any other source; both count from 1.
        reason: the rule it breaks, with column and value.
        raw: the row as it stood there; JSON if the source is no text.
    """

    source: str
    line: int
    reason: str
    raw: str


@dataclasses.dataclass
class Rows:
    """Some rows of a chunk.

    Attributes:
        batch: the rows that could be read: one column for each column that the schema names and
            the source has, of type float64, int64 or binary, or a list of one of these. A missing
            value is null; there is no NaN and no infinity, and each float64 fits in a float32.
        lines: int64 array, for each row of `batch` its line, or number, in the source.
        raw: returns the row of `batch` with this index as it stood in the source.
        rejected: the rows that could not be read.
        examples: binary array, the rows of `batch` as serialized tf.Examples, if that is what the
            source holds; they are passed on as they are.
    """

    batch: pa.RecordBatch
    lines: np.ndarray
    raw: Callable[[int], str]
    rejected: Sequence[RejectedRow] = ()
    examples: pa.Array | None = None


def empty_files(empty: int, files: int) -> list[str]:
    """Returns the remark on files without rows, if there are any."""
    return [f"{empty:,} of {files:,} files hold no rows"] if empty else []


def left_out(columns: Mapping[str, str]) -> list[str]:
    """Returns the remarks on columns that no tf.Example can hold.

    Args:
        columns: the type that the source calls it, by column.
    """
    return [
        f"{name}: left out, for no tf.Example can hold the type {data_type}"
        for name, data_type in columns.items()
    ]


def one_value_column(batch: pa.RecordBatch, name: str, kind: str) -> pa.Array:
    """Returns a column that must hold one value in each row, or none; nulls if there is none.

    Args:
        batch: of a `Rows`.
        name: of the column.
        kind: ``"FLOAT"``, ``"INT"`` or ``"BYTES"``, if the batch lacks it.

    Raises:
        DataError: it holds lists.
    """
    index = batch.schema.get_field_index(name)
    if index < 0:
        return pa.nulls(batch.num_rows, ARROW_TYPES[kind])
    column = batch.column(index)
    if pa.types.is_nested(column.type):
        raise DataError(
            "a column that splits or rules need must hold one value in each row",
            received=f"{name}, which holds lists",
            action="choose another column, or another data.split",
        )
    return column


class Chunk(Protocol):
    """A part of a source that one worker reads; it can be pickled."""

    @property
    def source(self) -> str:
        """The file, or the name of the query."""

    def read(self, types: Mapping[str, str]) -> Iterator[Rows]:
        """Reads the chunk, some ten thousand rows at a time.

        Args:
            types: ``"FLOAT"``, ``"INT"`` or ``"BYTES"`` by column name; other columns are left out.
                A `ListType` says how text holds lists.

        Raises:
            DataError: the chunk as a whole cannot be read.
        """

    def count(self) -> int | None:
        """Returns the rows that `read` must account for, if they can be counted in another way."""


class Reader(Protocol):
    """A source of rows: files of one format, or a query."""

    def columns(self) -> dict[str, str]:
        """Returns the type of each column of the source, ``"BYTES"`` where it is not known.

        Raises:
            DataError: the source cannot be reached or read, or has no usable columns.
        """

    def column_names(self) -> dict[str, Sequence[str]]:
        """Returns the columns of each file with rows, or of the query, without reading the rows.

        Raises:
            DataError: the source cannot be reached or read, or has no usable columns.
        """

    def remarks(self) -> list[str]:
        """Says what a person should know of how the source is read, without reading the rows.

        Raises:
            DataError: the source cannot be reached or read, or has no usable columns.
        """

    def chunks(self) -> Sequence[Chunk]:
        """Returns the parts that together hold each row once, the same parts for the same data.

        Raises:
            DataError: the source cannot be reached or read.
        """
