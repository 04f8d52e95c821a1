"""Files of tf.Examples to a file of answers, one line for each example, in their order."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from model.feature_engineering.columns import Column
from model.serving.batch.cells import as_lists, as_values, counts
from model.serving.batch.files import write_answers
from model.serving.batch.predictor import Predictor
from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.errors import DataError
from zeroskew.files import open_to_write
from zeroskew.parallel import ahead
from zeroskew.progress import tell

ROW = "row"
"""Where no key is named: the number of the example, from 0, in the order of the files."""

_ARROW = {"FLOAT": pa.float64(), "INT": pa.int64(), "BYTES": pa.binary()}


def predict_examples(
    files: Sequence[str], predictor: Predictor, keys: Sequence[Column], target: str
) -> int:
    """Writes a Parquet file of answers.

    Args:
        files: gzipped TFRecords of tf.Examples, in their order.
        predictor: the model, with the names of the keys.
        keys: the columns that stand beside the answers; the number of the row if there are none.
        target: the file, on a disk or in a bucket.

    Returns:
        How many rows it has.

    Raises:
        DataError: a file is damaged, or the model cannot take an example.
    """
    rows = 0
    with open_to_write(target) as stream, write_answers(stream) as write:
        batches = ((file, batch) for file in files for batch in read_record_batches(file))
        for file, batch in ahead(batches):
            answered = predictor.answer(with_keys(batch, keys, file))
            for row, reason in answered.misfits.items():
                raise misfit(file, f"the example {rows + row:,} of the split: {reason}")
            write(answered.answers if keys else _numbered(answered.answers, rows))
            rows += batch.num_rows
            tell(rows, 0, "rows")
        if not rows:
            nothing = pa.RecordBatch.from_arrays([], names=[])
            answers = predictor.answer(with_keys(nothing, keys, target)).answers
            write(answers if keys else _numbered(answers, 0))
    return rows


def _numbered(answers: pa.RecordBatch, first: int) -> pa.RecordBatch:
    numbers = pa.array(np.arange(first, first + answers.num_rows))
    names = [ROW, *answers.schema.names]
    return pa.RecordBatch.from_arrays([numbers, *answers.columns], names=names)


def with_keys(batch: pa.RecordBatch, keys: Sequence[Column], file: str) -> pa.RecordBatch:
    """Returns the rows with each key as the schema says it: one value in each row, or lists."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    for key in keys:
        value_type = _ARROW[key.type]
        column = columns.get(key.name, pa.nulls(batch.num_rows))
        if pa.types.is_null(column.type):
            column = pa.nulls(batch.num_rows, value_type)
        if key.length != 1:
            columns[key.name] = as_lists(column).cast(pa.list_(value_type))
            continue
        if counts(column).max(initial=0) > 1:
            raise misfit(file, f"several values of the key {key.name!r} in one example")
        columns[key.name] = as_values(column).cast(value_type)
    return pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])


def misfit(file: str, received: str) -> DataError:
    """Returns the error of an example that the model cannot take."""
    return DataError(
        "every example must be one that the model was trained to read",
        received=f"{file}, {received}",
        action="hold the examples against the schema first, as ExampleValidator does",
    )
