"""Splits of tf.Examples in files, as an ExampleGen writes them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from made_up_columns import made_up

from zeroskew.encoding import binary_arrays
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.encoding.tf_record import frame_records, gzip_writer


def write_splits(folder: Path) -> None:
    """Writes four splits: made up, one row, none, and different in each file."""
    columns = made_up(np.random.default_rng(3))
    batch = pa.RecordBatch.from_pydict(columns)
    for number in range(3):
        write_split(folder, "many", number, batch.slice(number * 8000, 8000))
    write_split(folder, "one", 0, batch.slice(5, 1))
    write_split(folder, "none", 0, None)
    for number, name in enumerate(["fare", "fare", "tips"]):
        write_split(folder, "uneven", number, pa.RecordBatch.from_pydict({name: [1.0, None]}))


def write_split(folder: Path, split: str, number: int, rows: pa.RecordBatch | None) -> None:
    target = folder / f"Split-{split}"
    target.mkdir(parents=True, exist_ok=True)
    write(target / f"data_tfrecord-{number:05d}-of-00003.gz", rows)


def write(file: Path, rows: pa.RecordBatch | None) -> None:
    with gzip_writer(str(file)) as stream:
        if rows is not None:
            examples = encode_examples(rows)
            framed = frame_records(examples, binary_arrays.values(examples))
            stream.write(binary_arrays.data(framed))
