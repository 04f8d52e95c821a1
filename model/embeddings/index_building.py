"""A table of vectors to the index that is searched."""

import functools
from pathlib import Path

from model.embeddings.vector_table import read_vectors
from model.serving.vectors import ann
from model.serving.vectors.records import (
    ENTITIES_FILE,
    INDEX_FILE,
    INDEX_RECORD,
    VECTORS_FILE,
    IndexRecord,
    VectorTable,
)
from model.serving.vectors.settings import IndexSettings
from zeroskew.files import digest_of, open_to_write
from zeroskew.lazy import lazy_import

faiss = lazy_import("faiss")
pq = lazy_import("pyarrow.parquet")


def write_index(table_folder: str, target: str, settings: IndexSettings) -> IndexRecord:
    """Builds the index of a table of vectors.

    Args:
        table_folder: of the table.
        target: folder that receives the index.
        settings: which index.
    """
    table = VectorTable.read(table_folder)
    metric = ann.COSINE if table.space.normalized else ann.EUCLIDEAN
    index = ann.build_index(
        functools.partial(read_vectors, table_folder),
        table.rows,
        table.space.dimension,
        metric,
        settings,
    )
    Path(target).mkdir(parents=True, exist_ok=True)
    faiss.write_index(index, f"{target}/{INDEX_FILE}")
    columns = [table.key, *table.columns]
    entities = pq.read_table(f"{table_folder}/{VECTORS_FILE}", columns=columns)
    pq.write_table(entities, f"{target}/{ENTITIES_FILE}")
    record = IndexRecord(
        table=table,
        metric=metric,
        kind=ann.chosen_kind(settings, table.rows),
        parameters=ann.parameters_of(settings, table.rows),
        library=ann.library(),
        digests={name: digest_of(Path(target, name)) for name in (INDEX_FILE, ENTITIES_FILE)},
    )
    with open_to_write(f"{target}/{INDEX_RECORD}") as stream:
        stream.write(record.to_json().encode())
    return record
