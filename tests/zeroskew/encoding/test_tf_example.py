"""tf.Examples and TFRecord files, as TensorFlow itself writes and reads them."""

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from zeroskew.encoding import binary_arrays
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.encoding.tf_record import frame_records, gzip_writer


def by_protocol_buffers(names: Sequence[str], row: Sequence[object]) -> bytes:
    """Encodes a row with TensorFlow's own classes."""
    example = tf.train.Example()
    kinds = ["int64_list", "float_list", "bytes_list", "int64_list", "bytes_list", "float_list"]
    for name, kind, value in zip(names, kinds, row, strict=True):
        found = getattr(example.features.feature[name], kind)
        found.SetInParent()
        found.value.extend(value if isinstance(value, list) else [] if value is None else [value])
    return example.SerializeToString(deterministic=True)


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False),
            st.none() | st.binary(max_size=300),
            st.none() | st.lists(st.integers(-5, 500), max_size=5),
            st.none() | st.lists(st.binary(max_size=5), max_size=3),
            st.none() | st.lists(st.floats(width=32, allow_nan=False), max_size=3),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_bytes_are_those_of_protocol_buffers(rows: list[tuple]) -> None:
    types = [pa.int64(), pa.float64(), pa.binary()]
    types += [pa.list_(pa.int64()), pa.list_(pa.binary()), pa.list_(pa.float64())]
    names = ["z", "a column with a long name " * 8, "é", "ints", "texts", "floats"]
    columns = [
        pa.array(one, kind) for one, kind in zip(zip(*rows, strict=True), types, strict=True)
    ]
    batch = pa.RecordBatch.from_arrays(columns, names=names)
    for start in (0, len(rows) // 2):
        encoded = encode_examples(batch.slice(start)).to_pylist()
        assert encoded == [by_protocol_buffers(names, row) for row in rows[start:]]


def test_every_record_can_be_read_back(tmp_path: Path) -> None:
    records = [bytes([n % 251]) * n for n in range(0, 3_000, 7)]
    array = pa.array(records, pa.binary())
    path = tmp_path / "below" / "records.gz"
    with gzip_writer(str(path)) as stream:
        stream.write(binary_arrays.data(frame_records(array, records)))
    found = tf.data.TFRecordDataset(str(path), "GZIP").as_numpy_iterator()
    assert list(found) == records
