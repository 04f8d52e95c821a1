"""Raw rows as tf.Transform wants them."""

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from model.feature_engineering.transform.raw_batches import RawBatches
from zeroskew.errors import DataError

SCHEMA = text_format.Parse(
    'feature { name: "vector" type: FLOAT value_count { min: 0 max: 3 } } '
    'feature { name: "other" type: FLOAT value_count { min: 0 max: 2 } }',
    schema_pb2.Schema(),
)


NAN, INF = float("nan"), float("inf")


def read(folder: Path, vectors: list[list[float]], name: str = "vector") -> list[Any]:
    file = folder / "rows.gz"
    with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
        for vector in vectors:
            example = tf.train.Example()
            example.features.feature[name].float_list.value.extend(vector)
            writer.write(example.SerializeToString())
    raw = RawBatches(SCHEMA, lambda columns: {"vector": columns["vector"]})
    return [row for batch in raw.read(str(file)) for row in batch.column("vector").to_pylist()]


def test_vectors_of_their_length_and_missing_ones(tmp_path: Path) -> None:
    assert read(tmp_path, [[1.0, 2.0, 3.0], [], [4.0, 5.0, 6.0]]) == [
        [1.0, 2.0, 3.0],
        [],
        [4.0, 5.0, 6.0],
    ]


@pytest.mark.parametrize(
    ("vectors", "received"),
    [
        ([[1.0, 2.0, 3.0], [1.0, 2.0], [1.0]], "2 of other lengths, such as 2, in "),
        ([[1.0, 2.0, NAN], [1.0] * 3], "1 with numbers that are NaN or infinite, in "),
        ([[INF, INF, 1.0], [NAN, 1.0, 1.0]], "2 with numbers that are NaN or infinite, in "),
    ],
)
def test_another_vector_is_named(tmp_path: Path, vectors: list[list[float]], received: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, vectors)
    assert str(caught.value) == (
        "the column 'vector' takes vectors of 3 finite numbers\n"
        f"  received: {received}{tmp_path}/rows.gz\n"
        "  do:       correct the data, or the column's value_count in the schema"
    )


def test_a_vector_of_nothing_but_nan_is_a_missing_one(tmp_path: Path) -> None:
    (row,) = read(tmp_path, [[NAN, NAN, NAN]])
    assert [number != number for number in row] == [True, True, True]


def test_a_column_that_no_feature_reads_may_hold_anything(tmp_path: Path) -> None:
    assert read(tmp_path, [[1.0], [2.0]], name="other") == [None, None]
