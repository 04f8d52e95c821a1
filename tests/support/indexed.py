"""An index over rows that a model with an embedding has embedded, as the pipeline makes it."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from served import Served
from small_index import write_index_of

from model.embeddings.embedder import Embedder
from model.serving.requests import write_requests

COMPANIES = ("Blue", "Red", "Ada", None)
KEY = "id"


def entities(count: int = 40, first: int = 0) -> pa.RecordBatch:
    """Returns rows with a key, what the model embeds, and a column that it does not read."""
    rows = range(first, first + count)
    return pa.RecordBatch.from_pydict(
        {
            KEY: [f"row-{row}" for row in rows],
            "company": [COMPANIES[row % 4] for row in rows],
            "fare": pa.array([None if row == 5 else 5.0 + 0.7 * row for row in rows], pa.float32()),
            "month": [1 + row % 12 for row in rows],
        }
    )


def vectors_of(model: Path, rows: pa.RecordBatch) -> np.ndarray:
    """Returns the vectors of rows, in process."""
    column = Embedder(model).answer(rows).answers["vector"]
    return np.array(column.to_pylist(), np.float32)


def push_index(model: Path, target: Path, rows: pa.RecordBatch, **settings: Any) -> Path:
    """Writes the index of some rows to a numbered folder, whole or not there."""
    partial = target.with_name(f".{target.name}")
    write_index_of(model, rows, partial / "vectors", partial / "index", **settings)
    os.rename(partial / "index", target)
    return target


def with_requests(folder: Path, columns: Sequence[Any]) -> Path:
    """Lets a model have what lies beside it for those who ask it."""
    write_requests(str(folder), columns, {"fare": 12.5, "company": "Blue"})
    return folder


def serve_pair(source: Path, models: Path, indexes: Path) -> Served:
    """Serves a model as version 1, and the index beside it as number 10."""
    shutil.copytree(source, models / "1")
    shutil.copytree(source.with_name("index"), indexes / "10")
    options = ["--set", "serve.lineage=any", "--set", "serve.poll_seconds=0.1"]
    return Served(models, "--name", "small", "--index", indexes, *options)
