"""Vectors as TensorBoard's projector shows them: `tensorboard --logdir FOLDER`, tab Projector."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import pyarrow as pa

from model.embeddings.embedder import VECTOR
from model.embeddings.vector_table import read_batches, to_matrix
from model.serving.vectors.records import VectorTable
from zeroskew.files import open_to_write

_CONFIG = """embeddings {
  tensor_name: "vectors"
  tensor_path: "vectors.tsv"
  metadata_path: "rows.tsv"
}
"""


def write_projector(table_folder: str, table: VectorTable, rows: int, target: str) -> None:
    """Writes some vectors of a table, evenly from all over it, with their keys and columns.

    Args:
        table_folder: of the table.
        table: what it says of itself.
        rows: how many vectors at most; with 0 nothing is written.
        target: folder that receives `projector_config.pbtxt`, `vectors.tsv` and `rows.tsv`.
    """
    if not rows or not table.rows:
        return
    columns = [table.key, *table.columns]
    with (
        open_to_write(f"{target}/vectors.tsv") as vectors,
        open_to_write(f"{target}/rows.tsv") as names,
    ):
        # TensorBoard takes the first line for names only where there are several columns.
        if len(columns) > 1:
            _write_line(names, columns)
        for batch in _some(table_folder, columns, -(-table.rows // rows)):
            for vector in to_matrix(batch[VECTOR]).tolist():
                _write_line(vectors, [f"{number:.6g}" for number in vector])
            for row in zip(*(batch[name].to_pylist() for name in columns), strict=True):
                _write_line(names, ["" if value is None else str(value) for value in row])
    with open_to_write(f"{target}/projector_config.pbtxt") as stream:
        stream.write(_CONFIG.encode())


def _some(folder: str, columns: Sequence[str], step: int) -> Iterator[pa.RecordBatch]:
    first = 0
    for batch in read_batches(folder, [*columns, VECTOR]):
        places = range(-first % step, batch.num_rows, step)
        first += batch.num_rows
        yield batch.take(pa.array(places, pa.int64()))


def _write_line(stream: BinaryIO, cells: Sequence[str]) -> None:
    # Lines and tabs within a cell would be cells of their own.
    stream.write(("\t".join(" ".join(cell.split()) for cell in cells) + "\n").encode())
