"""A table of vectors: `vectors.parquet`, and `space.json`, which says what they are.

| column               | is                                                        |
| -------------------- | --------------------------------------------------------- |
| the key, and others  | as the rows have them                                     |
| `vector`             | float32, of the space's dimension                         |
| `model_version`      | the number by which the model is served                   |
| `vector_fingerprint` | of the space: only vectors that share it can be compared  |
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from model.embeddings.embedder import VECTOR
from model.serving.batch.files import write_answers
from model.serving.vectors.records import TABLE_RECORD, VECTORS_FILE, VectorTable
from zeroskew.errors import DataError
from zeroskew.files import open_to_write
from zeroskew.lazy import lazy_import

pq = lazy_import("pyarrow.parquet")

NUMPY_FILE, KEYS_FILE = "vectors.npy", "keys.npy"
_BATCH_ROWS = 16_384


def write_vectors(
    folder: str, table: VectorTable, batches: Iterable[pa.RecordBatch], *, numpy: bool = False
) -> None:
    """Writes the files of a table, what it says of itself the last.

    Args:
        folder: where.
        table: what it says.
        batches: of its rows; one at least, which may be empty.
        numpy: whether vectors and keys are written as `.npy` files, too, without pickled objects.
    """
    with open_to_write(f"{folder}/{VECTORS_FILE}") as stream, write_answers(stream) as write:
        for batch in batches:
            write(batch)
    if numpy:
        write_numpy(folder, table)
    with open_to_write(f"{folder}/{TABLE_RECORD}") as stream:
        stream.write(table.to_json().encode())


def write_numpy(folder: str, table: VectorTable) -> None:
    """Writes `vectors.npy`, float32 of shape [rows, n], and `keys.npy`, from the Parquet file.

    Raises:
        DataError: a row has no key, or several.
    """
    with open_to_write(f"{folder}/{NUMPY_FILE}") as stream:
        write_matrix(stream, (table.rows, table.space.dimension), read_vectors(folder))
    keys = pq.read_table(f"{folder}/{VECTORS_FILE}", columns=[table.key])[table.key]
    with open_to_write(f"{folder}/{KEYS_FILE}") as stream:
        write_keys(stream, keys)


def write_matrix(stream: BinaryIO, shape: tuple[int, int], parts: Iterable[np.ndarray]) -> None:
    """Writes a matrix as `.npy` without holding it in memory.

    Args:
        stream: an open file.
        shape: rows and dimension.
        parts: its rows, float32 of shape [some rows, dimension].
    """
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    for part in parts:
        stream.write(part.tobytes())


def write_keys(stream: BinaryIO, keys: pa.ChunkedArray) -> None:
    """Writes keys as `.npy`, without pickled objects.

    Raises:
        DataError: a row has no key, or a list of them.
    """
    if keys.null_count or pa.types.is_nested(keys.type):
        raise DataError(
            "in a .npy file each row has one key",
            received=f"{keys.null_count:,} rows without" if keys.null_count else "lists",
            action="choose another key, or read the keys from the Parquet file, and leave the "
            ".npy files out",
        )
    np.save(stream, np.array(keys.to_pylist()), allow_pickle=False)


def read_vectors(folder: str) -> Iterator[np.ndarray]:
    """Yields the vectors of a table, float32 of shape [some rows, n], in the order of the rows."""
    for batch in read_batches(folder, [VECTOR]):
        yield to_matrix(batch.column(0))


def read_batches(folder: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yields some columns of a table, in the order of the rows."""
    with pq.ParquetFile(f"{folder}/{VECTORS_FILE}") as file:
        yield from file.iter_batches(_BATCH_ROWS, columns=list(columns))


def to_matrix(vectors: Any) -> np.ndarray:
    """Returns a column of vectors as one matrix, float32 of shape [rows, n]."""
    values = vectors.flatten().to_numpy(zero_copy_only=False)
    matrix: np.ndarray = values.reshape(len(vectors), -1) if len(vectors) else values.reshape(0, 0)
    return np.ascontiguousarray(matrix, np.float32)
