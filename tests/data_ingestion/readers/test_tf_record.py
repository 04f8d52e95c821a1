import gzip
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from data_ingestion.examples import chunk_ingestion
from data_ingestion.examples.intake import take_in
from data_ingestion.readers import tf_record_framing
from data_ingestion.readers.source import locate
from data_ingestion.readers.tf_record import TfRecordReader
from data_ingestion.settings import DataSettings
from zeroskew.encoding.tf_record import checksum
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
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString(
        deterministic=True
    )


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


def test_a_record_need_not_have_any_column(tmp_path: Path) -> None:
    records = [b"", example(a=[1], z=[1]), example(z=[1.5])]
    rows, examples, rejected = read(write(tmp_path / "trips.tfrecord", records))
    assert [row["a"] for row in rows] == [None, 1, None]
    assert (examples, rejected) == (records, [])


def test_a_file_must_have_a_column_of_the_schema(tmp_path: Path) -> None:
    file = write(tmp_path / "trips.tfrecord", [example(z=[1]), example(y=[1])])
    with pytest.raises(DataError) as caught:
        read(file)
    assert str(caught.value).splitlines() == [
        "the data must have at least one column of the schema",
        "  allowed:  a, b, c",
        f"  received: {file} with the columns y, z",
    ]


@pytest.mark.parametrize("at_once", [1, 3, 50_000])
def test_records_of_other_kinds_leave_their_neighbours_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    records = [
        example(a=[row], b=[row / 2]) if row % 3 else example(a=[row], b=[b"x"])
        for row in range(100)
    ]
    monkeypatch.setattr(tf_record_framing, "RECORDS", at_once)
    rows, examples, rejected = read(write(tmp_path / "trips.tfrecord", records))
    fitting = [row for row in range(100) if row % 3]
    assert rows == [{"a": row, "b": row / 2, "c": None} for row in fitting]
    assert examples == [records[row] for row in fitting]
    assert [line for line, _, _ in rejected] == list(range(1, 101, 3))
    assert {reason for _, reason, _ in rejected} == {"b holds BYTES, not FLOAT"}


def test_records_laid_out_alike_are_read_like_others(tmp_path: Path) -> None:
    alike = [example(a=[row], b=[row / 2, 1.0], z=[row]) for row in range(50)]
    rows, examples, rejected = read(write(tmp_path / "alike.tfrecord", alike))
    assert rows == [{"a": row, "b": [row / 2, 1.0], "c": None} for row in range(50)]
    assert (examples, rejected) == (alike, [])
    others, examples, rejected = read(write(tmp_path / "others.tfrecord", [*alike, b""]))
    assert others == [*rows, {"a": None, "b": None, "c": None}]
    assert (examples, rejected) == ([*alike, b""], [])


def test_all_records_may_be_of_another_kind(tmp_path: Path) -> None:
    records = [example(a=[1.5], b=[1.0])] * 3
    rows, _, rejected = read(write(tmp_path / "trips.tfrecord", records))
    assert rows == []
    raw = '{"a": [1.5], "b": [1.0]}'
    assert rejected == [(line, "a holds FLOAT, not INT", raw) for line in (1, 2, 3)]


def test_an_empty_list_has_a_kind_too(tmp_path: Path) -> None:
    _, examples, rejected = read(write(tmp_path / "trips.tfrecord", [example(a=[]), example(b=[])]))
    assert examples == [example(b=[])]
    assert rejected == [(1, "a holds FLOAT, not INT", '{"a": []}')]


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


def test_the_first_damaged_record_is_named_even_in_another_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "trips.tfrecord", [example(a=[row]) for row in range(100)])
    content = bytearray(file.read_bytes())
    size = len(content) // 100
    content[size * 70 + 15] ^= 1
    content[size * 80] ^= 1
    file.write_bytes(content)
    monkeypatch.setattr(tf_record_framing, "BLOCK", size * 30)
    with pytest.raises(DataError, match="record 71: its checksum is wrong"):
        read(file)


@pytest.mark.parametrize("compression", ["", "GZIP"])
@pytest.mark.parametrize("block", [1, 7, 1_000, 2**20])
def test_records_may_be_longer_than_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, compression: str
) -> None:
    records = [example(c=[b"x" * size]) for size in (0, 1, 5_000, 3, 50)]
    file = write(tmp_path / "trips.tfrecord", records, compression)
    monkeypatch.setattr(tf_record_framing, "BLOCK", block)
    monkeypatch.setattr(tf_record_framing, "BYTES", 4_000)
    found = list(tf_record_framing.read_records(file))
    assert found == [records[:3], records[3:]]


def test_a_length_that_looks_like_gzip_is_none(tmp_path: Path) -> None:
    size = int.from_bytes(b"\x1f\x8b", "little")
    record = example(c=[b"x" * (size - len(example(c=[b"x" * 35_000])) + 35_000)])
    assert len(record) == size
    file = write(tmp_path / "trips.tfrecord", [record])
    assert file.read_bytes().startswith(b"\x1f\x8b")
    assert read(file)[1] == [record]


def test_a_record_that_is_too_long_is_an_error(tmp_path: Path) -> None:
    length = (2**31).to_bytes(8, "little")
    (tmp_path / "trips.tfrecord").write_bytes(length + checksum(length))
    with pytest.raises(DataError, match=r"record 1: it has 2,147,483,648 bytes"):
        read(tmp_path / "trips.tfrecord")


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
        written[name] = {
            split: sorted(record for file in Path(folder).iterdir() for record in records(file))
            for split, folder in folders.items()
        }
        path = str(tmp_path / name / "*" / "data_tfrecord-*")
    assert written["first"] == written["second"]
    assert sum(map(len, written["second"].values())) == 15_002
    assert len(locate(DataSettings(path=path)).files) == 4


def test_examples_are_written_as_they_are_without_those_that_break_a_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunk_ingestion, "ROWS_AT_ONCE", 7)
    made = [example(z=[row], a=[row]) for row in range(100)]
    file = write(tmp_path / "trips.tfrecord", made)
    rules = tmp_path / "rules.yaml"
    rules.write_text("rows: [{name: even, sql: a % 2 = 0}]")
    folders = {split: str(tmp_path / split) for split in ("train", "eval")}
    data = DataSettings(path=str(file), rules=str(rules))
    report = take_in(data, {"a": "INT"}, folders, str(tmp_path / "report"))
    assert (report.rows_in, report.rejected) == (100, 50)
    written = {name: records(next(Path(one).iterdir())) for name, one in folders.items()}
    assert sorted(written["train"] + written["eval"]) == sorted(made[::2])
    for record in made[::2]:
        bucket = int.from_bytes(hashlib.sha256(record).digest(), "big") % 5
        assert record in written["train" if bucket < 4 else "eval"]


def test_a_list_decides_on_no_split(tmp_path: Path) -> None:
    file = write(tmp_path / "trips.tfrecord", [example(c=[b"x"]), example(c=[b"x", b"y"])])
    folders = {split: str(tmp_path / split) for split in ("train", "eval")}
    data = DataSettings(path=str(file), split="key", key="c")
    with pytest.raises(DataError, match="splits or rules need must hold one value in each row"):
        take_in(data, {"c": "BYTES"}, folders, str(tmp_path / "report"))


def records(file: Path) -> list[bytes]:
    return list(tf.data.TFRecordDataset(str(file), "GZIP").as_numpy_iterator())
