"""A first schema from data, for a person to read and correct."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_data_validation.statistics import stats_impl

from data_ingestion.source import Source
from zeroskew.errors import WorkspaceError
from zeroskew.files import write_atomically

HEADER = """\
# The data contract: what each column holds. Inferred from data, then reviewed by a person.
"""


def infer_schema(source: Source, target: Path) -> int:
    """Writes the schema that all rows of `source` fit.

    Returns:
        The number of columns.

    Raises:
        WorkspaceError: `target` exists; a curated schema is never overwritten.
    """
    if target.exists():
        raise WorkspaceError(
            "a schema is never overwritten, because it may hold a person's corrections",
            received=str(target),
            action="name another file with --output, and compare the two",
        )
    types = source.types()
    batches = [as_lists(rows.batch) for _, rows in source.rows(types)]
    table = pa.Table.from_batches(batches).combine_chunks()
    statistics = stats_impl.generate_statistics_in_memory(
        table.to_batches()[0], tfdv.StatsOptions()
    )
    schema = tfdv.infer_schema(statistics, infer_feature_shape=False)
    write_atomically(target, HEADER + text_format.MessageToString(schema))
    return len(schema.feature)


def as_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Turns each value into a list of one; a missing value stays missing."""
    arrays = []
    for column in batch.columns:
        if pa.types.is_nested(column.type):
            arrays.append(column)
            continue
        present = column.is_valid().to_numpy(zero_copy_only=False)
        offsets = np.concatenate([[0], np.cumsum(present)]).astype(np.int32)
        # A null offset makes a null list.
        bounds = pa.array(offsets, mask=np.append(~present, False))
        arrays.append(pa.ListArray.from_arrays(bounds, column.drop_null()))
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
