import gzip
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from data_ingestion.intake import take_in
from data_ingestion.readers import tf_record_framing
from data_ingestion.readers.tf_record import TfRecordReader
from data_ingestion.settings import DataSettings
from data_ingestion.source import locate
from zeroskew.errors import DataError

TYPES = {"a": "INT", "b": "FLOAT", "c": "BYTES"}


def example(**values: Sequence[int] | Sequence[float] | Sequence[bytes]) -> bytes:
    features = {}
    for name, items in values.items():
        if items and isinstance(items[0], bytes):
            feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=items))
        elif items and isinstance(items[0], int):
            feature = tf.train.Feature(int64_list=tf.train.Int64List(value=items))
        else:
            feature = tf.train.Feature(float_list=tf.train.FloatList(value=items))
        features[name] = feature
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def write(file: Path, records: Sequence[bytes], compression: str = "") -> Path:
    with tf.io.TFRecordWriter(str(file), options=compression) as writer:
        for record in records:
            writer.write(record)
    return file


def read(
    file: Path, types: Mapping[str, str] = TYPES
) -> tuple[list[dict[str, Any]], list[bytes], list[tuple[int, str, str]]]:
    """Returns rows, their examples, and number, reason and text of the rejected ones."""
    rows: list[dict[str, Any]] = []
    examples: list[bytes] = []
    rejected: list[tuple[int, str, str]] = []
    for chunk in TfRecordReader((file,)).chunks():
        for piece in chunk.read(types):
            rows += piece.batch.to_pylist()
            examples += piece.examples.to_pylist() if piece.examples else []
            rejected += [(row.line, row.reason, row.raw) for row in piece.rejected]
            assert len(piece.lines) == piece.batch.num_rows
    return rows, examples, rejected


@pytest.mark.parametrize("compression", ["", "GZIP"])
@pytest.mark.parametrize("at_once", [1, 2, 50_000])
def test_examples_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str, at_once: int
) -> None:
    records = [
        example(b=[1.5], a=[1], c=[b"\xff"]),
        example(a=[2], unknown=[7]),
        example(c=[b"x", b"y"], b=[]),
    ]
    file = write(tmp_path / "trips.tfrecord", records, compression)
    monkeypatch.setattr(tf_record_framing, "RECORDS", at_once)
    rows, examples, rejected = read(file)
    assert examples == records
    assert rejected == []
    assert [row.get("a") for row in rows] == [1, 2, None]
    assert [row.get("b") for row in rows] == [1.5, None, None]
    assert rows[2]["c"] == [b"x", b"y"]


def test_columns_are_those_of_all_records(tmp_path: Path) -> None:
    records = [example(a=[1], b=[1]), example(b=[1.5], c=[b"x"])]
    reader = TfRecordReader((write(tmp_path / "trips.tfrecord", records),))
    assert reader.columns() == {"a": "INT", "b": "FLOAT", "c": "BYTES"}
    assert list(reader.column_names().values()) == [["a", "b", "c"]]


def test_a_record_that_does_not_fit_is_named(tmp_path: Path) -> None:
    records = [
        example(a=[1]),
        b"\x0a\xff no message",
        example(a=[1.5]),
        example(b=[float("inf")]),
        example(a=[2], b=[float("nan")]),
        example(a=[b"3"]),
    ]
    rows, examples, rejected = read(write(tmp_path / "trips.tfrecord", records))
    assert [row.get("a") for row in rows] == [1, 2]
    assert examples == [records[0], records[4]]
    assert [(line, reason) for line, reason, _ in rejected] == [
        (2, "it is no tf.Example"),
        (3, "a holds FLOAT, not INT"),
        (4, "b is 'inf', not a finite 32-bit number"),
        (6, "a holds BYTES, not INT"),
    ]
    assert rejected[0][2] == repr(records[1])
    assert rejected[1][2] == '{"a": [1.5]}'


@pytest.mark.parametrize(
    ("damage", "received"),
    [
        (lambda content: content[:-1], "record 2: it is cut off"),
        (lambda content: content[:-20] + b"y" + content[-19:], "record 2: its checksum is wrong"),
        (lambda content: content + b"\0" * 5, "record 3: it is cut off"),
        (lambda content: content + b"\1" * 30, "record 3: the checksum of its length is wrong"),
        (lambda content: b"a,b\n1,2,3,4,5\n", "record 1: the checksum of its length is wrong"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_damaged_file_is_an_error(
    tmp_path: Path, damage: Any, received: str, zipped: bool
) -> None:
    file = write(tmp_path / "trips.tfrecord", [example(c=[b"x" * 50])] * 2)
    content = damage(file.read_bytes())
    file.write_bytes(gzip.compress(content) if zipped else content)
    with pytest.raises(DataError) as caught:
        read(file)
    rule, found, _ = str(caught.value).splitlines()
    assert rule == "a TFRecord file must be whole"
    assert found == f"  received: {file}, {received}"


def test_a_gzipped_file_that_was_cut_off_is_an_error(tmp_path: Path) -> None:
    file = write(tmp_path / "trips.tfrecord.gz", [example(c=[b"x" * 50])] * 2, "GZIP")
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DataError, match="a TFRecord file must be whole"):
        read(file)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at least one row"):
        read(write(tmp_path / "trips.tfrecord", []))


def test_what_this_project_writes_is_taken_in_as_it_is(tmp_path: Path) -> None:
    written = {}
    path = "taxi"
    for name in ("first", "second"):
        folders = {split: str(tmp_path / name / split) for split in ("train", "eval")}
        data = DataSettings(path=path)
        report = take_in(data, {"fare": "FLOAT"}, folders, str(tmp_path / name / "report"))
        assert (report.rows_in, report.rejected) == (15_002, 0)
        written[name] = [
            sorted(records(file)) for one in folders.values() for file in Path(one).iterdir()
        ]
        path = str(tmp_path / name / "*" / "data_tfrecord-*")
    first = [record for shard in written["first"] for record in shard]
    second = [record for shard in written["second"] for record in shard]
    assert sorted(first) == sorted(second)
    assert len(locate(DataSettings(path=path)).files) == 4


def records(file: Path) -> list[bytes]:
    return list(tf.data.TFRecordDataset(str(file), "GZIP").as_numpy_iterator())
