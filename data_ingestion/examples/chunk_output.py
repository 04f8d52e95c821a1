"""The files that one chunk becomes."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_ingestion.examples.rejected_rows import to_table
from data_ingestion.examples.splits import LEFT_OUT, Splitter
from data_ingestion.readers.rows import RejectedRow, one_value_column
from zeroskew.encoding.binary_arrays import data, values
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.encoding.tf_record import frame_records, gzip_writer
from zeroskew.files import open_to_write

REJECTED = "rejected"
KEPT = "kept"


class ChunkOutput(contextlib.ExitStack):
    """One gzipped TFRecord file for each split, and Parquet files where there is need.

    Args:
        number: of the chunk, from 0.
        of: how many chunks there are.
        splitter: where rows go.
        folders: of the splits.
        parts: where `rejected-*.parquet` and `kept-*.parquet` go.
    """

    def __init__(
        self, number: int, of: int, splitter: Splitter, folders: Mapping[str, str], parts: str
    ) -> None:
        super().__init__()
        self._splitter = splitter
        self._part = f"{parts}/{{}}-{number:05d}.parquet"
        self._parquet: dict[str, pq.ParquetWriter] = {}
        shard = f"data_tfrecord-{number:05d}-of-{of:05d}.gz"
        self._shards: list[BinaryIO] = [
            self.enter_context(gzip_writer(f"{folders[name]}/{shard}")) for name in splitter.names
        ]

    def write(
        self, batch: pa.RecordBatch, examples: pa.Array | None = None
    ) -> tuple[dict[str, int], int]:
        """Writes rows as examples.

        Args:
            batch: the rows.
            examples: the same rows as serialized tf.Examples, if they are such already.

        Returns:
            Rows by split, and how many rows are in none.
        """
        if examples is None:
            examples = encode_examples(batch)
        serialized = values(examples)
        split_of_row = self._splitter.assign(batch, serialized)
        framed = frame_records(examples, serialized)
        counts = {}
        for index, (name, shard) in enumerate(zip(self._splitter.names, self._shards, strict=True)):
            mine = framed.filter(pa.array(split_of_row == index))
            shard.write(data(mine))
            counts[name] = len(mine)
        return counts, int(np.count_nonzero(split_of_row == LEFT_OUT))

    def reject(self, rows: Sequence[RejectedRow]) -> None:
        """Keeps rows aside that become no examples."""
        if rows:
            self._append(REJECTED, to_table(rows))

    def keep(
        self, batch: pa.RecordBatch, kinds: Mapping[str, str], source: str, lines: np.ndarray
    ) -> None:
        """Keeps columns of good rows, in the sample or not, for rules about all rows.

        Args:
            batch: the rows.
            kinds: of the columns; one that the batch lacks is missing in each row.
            source: where the rows come from.
            lines: of the rows in it.

        Raises:
            DataError: a column holds lists.
        """
        known = {name: one_value_column(batch, name, kind) for name, kind in kinds.items()}
        place = {"_source": pa.array([source] * len(lines)), "_line": pa.array(lines)}
        self._append(KEPT, pa.table({**place, **known}))

    def _append(self, kind: str, table: pa.Table) -> None:
        writer: Any = self._parquet.get(kind)
        if writer is None:
            stream = self.enter_context(open_to_write(self._part.format(kind)))
            writer = self.enter_context(pq.ParquetWriter(stream, table.schema))
            self._parquet[kind] = writer
        writer.write_table(table)
