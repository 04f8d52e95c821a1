"""The table of rows that are not used: where each came from, why, and how it stood there."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data_ingestion.readers.rows import RejectedRow
from zeroskew.files import replacing

REJECTED_SCHEMA = pa.schema(
    [("source", pa.string()), ("line", pa.int64()), ("reason", pa.string()), ("raw", pa.string())]
)


def to_table(rows: Sequence[RejectedRow]) -> pa.Table:
    """Returns rows as a table of `REJECTED_SCHEMA`."""
    columns = [[getattr(row, field.name) for row in rows] for field in REJECTED_SCHEMA]
    return pa.table(columns, REJECTED_SCHEMA)


@contextlib.contextmanager
def kept_aside(path: Path) -> Iterator[Callable[[Sequence[RejectedRow]], None]]:
    """Opens a Parquet file for rows that are not used; there is none if all are.

    Yields:
        What takes some of the rows.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    with contextlib.ExitStack() as stack:
        writers: list[Any] = []

        def keep(rows: Sequence[RejectedRow]) -> None:
            if rows and not writers:
                stream = stack.enter_context(replacing(path))
                writers.append(stack.enter_context(pq.ParquetWriter(stream, REJECTED_SCHEMA)))
            if rows:
                writers[0].write_table(to_table(rows))

        yield keep
        if not writers:
            path.unlink(missing_ok=True)
