"""The Parquet files that chunks leave behind, put together."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from data_ingestion.examples.chunk_output import KEPT, REJECTED
from data_ingestion.examples.rejected_rows import REJECTED_SCHEMA
from zeroskew.files import list_folder, open_to_read, open_to_write


def merge_rejected(parts: str, target: str) -> None:
    """Writes all rejected rows to one Parquet file, in the order of the source."""
    with (
        open_to_write(target) as stream,
        pq.ParquetWriter(stream, REJECTED_SCHEMA) as writer,
    ):
        for table in _read(parts, REJECTED):
            writer.write_table(table)


def kept_rows(parts: str) -> list[pa.Table]:
    """Returns the columns that were kept for rules about all rows, a table for each chunk."""
    return list(_read(parts, KEPT))


def _read(parts: str, kind: str) -> Iterator[pa.Table]:
    for file in sorted(list_folder(parts)):
        if file.rpartition("/")[2].startswith(f"{kind}-"):
            with open_to_read(file) as stream:
                yield pq.read_table(pa.py_buffer(stream.read()))
