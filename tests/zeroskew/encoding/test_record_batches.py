import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from zeroskew.encoding import binary_arrays, record_batches
from zeroskew.encoding.record_batches import read_record_batches
from zeroskew.encoding.tf_example import encode_examples
from zeroskew.encoding.tf_record import frame_records, gzip_writer
from zeroskew.errors import DataError

ROWS = pa.RecordBatch.from_pydict(
    {"company": [b"Blue", None, b"Flash Cab"], "fare": [12.5, 3.0, None], "month": [1, 2, 300]}
)
LISTS = {
    "company": [[b"Blue"], [], [b"Flash Cab"]],
    "fare": [[12.5], [3.0], []],
    "month": [[1], [2], [300]],
}


def framed(rows: pa.RecordBatch) -> bytes:
    examples = encode_examples(rows)
    return bytes(binary_arrays.data(frame_records(examples, binary_arrays.values(examples))))


def write(file: Path, content: bytes) -> str:
    with gzip_writer(str(file)) as stream:
        stream.write(content)
    return str(file)


def read(file: str) -> dict[str, list[object]]:
    return pa.Table.from_batches(list(read_record_batches(file))).to_pydict()


def test_reads_what_was_written(tmp_path: Path) -> None:
    file = write(tmp_path / "a.gz", framed(ROWS))
    (batch,) = read_record_batches(file)
    assert batch.to_pydict() == LISTS
    assert [str(kind.value_type) for kind in batch.schema.types] == [
        "large_binary",
        "float",
        "int64",
    ]


def test_a_file_without_records_has_no_batches(tmp_path: Path) -> None:
    assert list(read_record_batches(write(tmp_path / "a.gz", b""))) == []


def test_records_that_lie_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.gz", framed(ROWS) * 100)
    monkeypatch.setattr(record_batches, "BLOCK", 1000)
    batches = list(read_record_batches(file))
    assert len(batches) > 10
    assert pa.Table.from_batches(batches).to_pydict() == {
        name: values * 100 for name, values in LISTS.items()
    }


def test_a_record_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = pa.RecordBatch.from_pydict({"text": [b"a", b"b" * 10_000, b"c"]})
    file = write(tmp_path / "a.gz", framed(long))
    monkeypatch.setattr(record_batches, "BLOCK", 64)
    assert read(file) == {"text": [[b"a"], [b"b" * 10_000], [b"c"]]}


def test_rows_with_different_columns(tmp_path: Path) -> None:
    other = pa.RecordBatch.from_pydict({"fare": [1.0]})
    file = write(tmp_path / "a.gz", framed(ROWS.slice(0, 1)) + framed(other))
    assert read(file) == {
        "company": [[b"Blue"], None],
        "fare": [[12.5], [1.0]],
        "month": [[1], None],
    }


def test_several_gzip_members(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(framed(ROWS)) + gzip.compress(framed(ROWS)))
    assert read(str(file)) == {name: values * 2 for name, values in LISTS.items()}


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (gzip.compress(framed(ROWS))[:-12], "Compressed file ended before"),
        (gzip.compress(framed(ROWS))[:-8] + b"\0" * 8, "CRC"),
        (gzip.compress(framed(ROWS)[:-1]), " bytes at its end that are no whole record"),
        (framed(ROWS), "Not a gzipped file"),
    ],
)
def test_damaged_files(tmp_path: Path, content: bytes, received: str) -> None:
    file = tmp_path / "a.gz"
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        list(read_record_batches(str(file)))
    assert caught.value.rule == "a file of examples must be a whole gzipped TFRecord file"
    assert caught.value.received is not None
    assert caught.value.received.startswith(f"{file}: ")
    assert received in caught.value.received
