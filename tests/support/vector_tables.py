"""Tables of vectors, and indexes over them, without a model."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from model.embeddings.embedder import SPACE_COLUMN, VECTOR
from model.embeddings.index_building import write_index
from model.embeddings.vector_table import write_vectors
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.records import VectorTable
from model.serving.vectors.settings import IndexSettings
from model.serving.vectors.space import VectorSpace

FINGERPRINT = "00112233aabbccdd"


def space(dimension: int, normalized: bool = True, fingerprint: str = FINGERPRINT) -> VectorSpace:
    return VectorSpace(
        fingerprint, "ffeeddccbbaa0099", dimension, normalized, ["text"], {"text": "BYTES"}
    )


def draw(rows: int, dimension: int = 8, seed: int = 1, normalized: bool = True) -> np.ndarray:
    """Clustered vectors."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(max(1, rows // 50), dimension))
    found = centres[random.integers(0, len(centres), rows)]
    found = (found + 0.4 * random.normal(size=found.shape)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True) if normalized else found


def write_table(
    folder: Path,
    vectors: np.ndarray,
    keys: list | None = None,
    *,
    normalized: bool = True,
    fingerprint: str = FINGERPRINT,
    batch_rows: int = 7,
    numpy: bool = False,
) -> VectorTable:
    """Writes a table of vectors with the columns `genre` and `year`."""
    rows, dimension = vectors.shape
    names = [f"k{row}" for row in range(rows)] if keys is None else keys
    table = VectorTable(
        space(dimension, normalized, fingerprint), rows, "id", ["genre", "year"], 7, 3
    )
    columns = {
        "id": pa.array(names),
        "genre": pa.array(["ab"[row % 2] if row % 5 else None for row in range(rows)]),
        "year": pa.array([2000 + row % 10 for row in range(rows)], pa.int64()),
        VECTOR: pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), dimension),
        "model_version": pa.array([7] * rows, pa.int64()),
        SPACE_COLUMN: pa.array([fingerprint] * rows),
    }
    batch = pa.RecordBatch.from_pydict(columns)
    parts = [batch.slice(start, batch_rows) for start in range(0, max(rows, 1), batch_rows)]
    write_vectors(str(folder), table, parts, numpy=numpy)
    return table


def make_index(
    folder: Path, vectors: np.ndarray, keys: list | None = None, normalized: bool = True, **settings
) -> VectorIndex:
    """Builds the index of a table, and loads it."""
    write_table(folder / "table", vectors, keys, normalized=normalized)
    write_index(str(folder / "table"), str(folder / "index"), IndexSettings(**settings))
    return VectorIndex(folder / "index")
