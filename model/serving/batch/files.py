"""Files of answers, Parquet or CSV, that are there whole or not at all."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from zeroskew.errors import SettingsError
from zeroskew.files import replacing
from zeroskew.lazy import lazy_import

csv = lazy_import("pyarrow.csv")
pq = lazy_import("pyarrow.parquet")

GROUP_ROWS = 65_536
GROUP_BYTES = 64 * 2**20
"""Of rows that are written at once, whichever comes first: a row group of Parquet."""

Write = Callable[[pa.RecordBatch], None]
"""Takes rows; all batches, one at least, have the same columns."""


def check_format(path: Path) -> None:
    """Checks that a file's name says what is written to it.

    Raises:
        SettingsError: it does not.
    """
    if path.suffix.lower() not in _WRITERS:
        raise SettingsError(
            "the ending of a file of predictions says its format",
            allowed=", ".join(f"a name that ends with {ending}" for ending in _WRITERS),
            received=str(path),
            action="give the file another name",
        )


@contextlib.contextmanager
def open_answers(path: Path) -> Iterator[Write]:
    """Opens a file of answers, which is there once all rows are.

    Args:
        path: the file; what was there stays until then.

    Raises:
        SettingsError: its name says no format.
        WorkspaceError: it cannot be written.
    """
    check_format(path)
    with replacing(path) as stream, write_answers(stream, path.suffix.lower()) as write:
        yield write


@contextlib.contextmanager
def write_answers(stream: BinaryIO, ending: str = ".parquet") -> Iterator[Write]:
    """Writes answers to a stream, some ten thousand rows at a time.

    Args:
        stream: an open file.
        ending: ``".parquet"`` or ``".csv"``.
    """
    with _WRITERS[ending](stream) as write:
        waiting: list[pa.RecordBatch] = []

        def write_groups(batch: pa.RecordBatch) -> None:
            waiting.append(batch)
            rows, size = sum(map(len, waiting)), sum(one.nbytes for one in waiting)
            if rows >= GROUP_ROWS or size >= GROUP_BYTES:
                write(pa.Table.from_batches(waiting))
                waiting.clear()

        yield write_groups
        if waiting:
            write(pa.Table.from_batches(waiting))


@contextlib.contextmanager
def _parquet(stream: BinaryIO) -> Iterator[Callable[[pa.Table], None]]:
    with contextlib.ExitStack() as stack:
        writers: list[Any] = []

        def write(table: pa.Table) -> None:
            if not writers:
                options = {"use_dictionary": repeating(table.schema)}
                writer = pq.ParquetWriter(stream, table.schema, **options)
                writers.append(stack.enter_context(writer))
            writers[0].write_table(table)

        yield write


def repeating(schema: pa.Schema) -> bool | list[str]:
    """Returns the columns of which Parquet looks for values that come again; True for all.

    Those in vectors do not, and to look for them takes longer than all the rest.
    """
    if not any(pa.types.is_fixed_size_list(field.type) for field in schema):
        return True
    return [field.name for field in schema if not pa.types.is_nested(field.type)]


@contextlib.contextmanager
def _csv(stream: BinaryIO) -> Iterator[Callable[[pa.Table], None]]:
    with contextlib.ExitStack() as stack:
        writers: list[Any] = []

        def write(table: pa.Table) -> None:
            columns = {name: _cells(table[name]) for name in table.column_names}
            texts = pa.table(columns)
            if not writers:
                writers.append(stack.enter_context(csv.CSVWriter(stream, texts.schema)))
            writers[0].write_table(texts)

        yield write


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_nested(column.type):
        return column
    return pa.chunked_array([to_json(chunk) for chunk in column.chunks], pa.string())


def to_json(lists: pa.Array) -> pa.Array:
    """Returns each list as JSON; null for no list. A number that JSON does not know is null in it.

    Args:
        lists: of numbers or text.
    """
    values = lists.flatten()
    distinct = values.dictionary_encode()
    texts = [_json_of(value) for value in distinct.dictionary.to_pylist()]
    cells = pa.array(texts, pa.string()).take(distinct.indices).fill_null("null")
    lengths = lists.value_lengths().fill_null(0)
    ends = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    joined = pc.binary_join(pa.ListArray.from_arrays(ends.cast(pa.int32()), cells), ",")
    whole = pc.binary_join_element_wise("[", joined, "]", "")
    return pc.if_else(lists.is_valid(), whole, pa.scalar(None, pa.string()))


def _json_of(value: Any) -> str:
    if isinstance(value, float) and value - value != 0:
        return "null"
    return json.dumps(value, ensure_ascii=False)


_WRITERS: Mapping[str, Callable[[BinaryIO], Any]] = {".parquet": _parquet, ".csv": _csv}
