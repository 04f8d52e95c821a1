"""An index of a few rows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from model.embeddings.embedder import Embedder
from model.embeddings.index_building import write_index
from model.embeddings.vector_table import write_vectors
from model.serving.vectors.records import VectorTable
from model.serving.vectors.settings import IndexSettings


def write_small_index(
    model: Path, rows: Mapping[str, Sequence[Any]], folder: Path, target: Path
) -> None:
    """Writes the index of rows, in which each vector is compared.

    Args:
        model: folder of the SavedModel.
        rows: values by column; the first column is the key, the others stand beside the vectors.
        folder: an empty one, for the table of vectors.
        target: folder of the index.
    """
    texts = {pa.string(): pa.binary()}
    arrays = {name: pa.array(values) for name, values in rows.items()}
    batch = pa.RecordBatch.from_pydict(
        {name: one.cast(texts.get(one.type, one.type)) for name, one in arrays.items()}
    )
    write_index_of(model, batch, folder, target, kind="flat")


def write_index_of(
    model: Path, rows: pa.RecordBatch, folder: Path, target: Path, **settings: Any
) -> None:
    """Writes the index of rows whose first column is the key, as the pipeline makes it.

    Args:
        model: folder of the SavedModel.
        rows: what the model embeds; all columns stand beside the vectors.
        folder: an empty one, for the table of vectors.
        target: folder of the index.
        settings: of the index.
    """
    key, *columns = rows.schema.names
    embedder = Embedder(model, [key, *columns])
    vectors = embedder.answer(rows).answers
    table = VectorTable(embedder.space, vectors.num_rows, key, columns, embedder.version, 0)
    write_vectors(str(folder), table, [vectors])
    write_index(str(folder), str(target), IndexSettings.model_validate(settings))
