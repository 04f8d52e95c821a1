"""Folders as jobs write them: hidden files, files without rows, and keys in names of folders."""

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from every_reader import to_csv, to_parquet, to_tf_record

from data_ingestion.examples.intake import take_in
from data_ingestion.readers.csv.heap import small_heap
from data_ingestion.readers.source import Source, locate
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError

WRITERS = {"csv": to_csv, "parquet": to_parquet, "tfrecord": to_tf_record}
FOLDERS = (
    "day=2016-01-01/hour=3",
    "day=2016-01-02/hour=14",
    f"day=a%3Db/hour={'__HIVE_DEFAULT_PARTITION__'}",
)


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with small_heap():
        yield


@pytest.fixture(params=WRITERS)
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder of folders with a file of one row each."""
    for number, name in enumerate(FOLDERS):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True)
        WRITERS[request.param](folder, {"id": [number], "company": ["Blue"]})
    return tmp_path / "data"


def rows_of(source: Source, types: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    found = source.rows(types or source.types())
    return [row for _, rows in found for row in rows.batch.to_pylist()]


def test_keys_are_columns_in_every_format(root: Path) -> None:
    source = locate(DataSettings(path=str(root)))
    assert source.types() == {"id": "INT", "company": "BYTES", "day": "BYTES", "hour": "INT"}
    assert rows_of(source) == [
        {"id": 0, "company": b"Blue", "day": b"2016-01-01", "hour": 3},
        {"id": 1, "company": b"Blue", "day": b"2016-01-02", "hour": 14},
        {"id": 2, "company": b"Blue", "day": b"a=b", "hour": None},
    ]
    assert rows_of(source, {"hour": "FLOAT"}) == [{"hour": 3.0}, {"hour": 14.0}, {"hour": None}]
    assert rows_of(source, {"id": "INT"}) == [{"id": 0}, {"id": 1}, {"id": 2}]
    for names in source.column_names().values():
        assert sorted(names) == ["company", "day", "hour", "id"]
    assert source.remarks() == ["read from the names of folders: day, hour"]


def test_keys_become_part_of_the_examples_and_may_decide_on_the_split(
    root: Path, tmp_path: Path
) -> None:
    data = DataSettings(path=str(root), split="time", time="day", eval_from="2016-01-02")
    folders = {name: str(tmp_path / name) for name in ("train", "eval")}
    report = take_in(data, None, folders, str(tmp_path / "report"))
    assert (report.rows_in, report.examples) == (3, {"train": 1, "eval": 2})
    assert report.new_columns == []
    again = locate(DataSettings(path=f"{tmp_path}/train/*"))
    assert rows_of(again) == [{"company": b"Blue", "day": b"2016-01-01", "hour": 3, "id": 0}]


def test_a_key_that_is_not_of_the_schemas_type_is_refused(root: Path) -> None:
    with pytest.raises(DataError) as caught:
        rows_of(locate(DataSettings(path=str(root))), {"day": "INT", "id": "INT"})
    rule, allowed, received, _ = str(caught.value).splitlines()
    assert rule == "the name of a folder must hold a value of the type that the schema states"
    assert allowed == "  allowed:  day=... with INT"
    assert received.endswith(": day is '2016-01-01', not INT")


def test_a_key_takes_the_place_of_a_column(tmp_path: Path) -> None:
    folder = tmp_path / "id=7"
    folder.mkdir()
    to_csv(folder, {"id": [1, 2], "company": ["Blue", "Red"]})
    assert [row["id"] for row in rows_of(locate(DataSettings(path=str(tmp_path))))] == [7, 7]


def write(file: Path, text: str = "fare\n1\n") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def names(source: Source, top: Path) -> list[str]:
    return [str(file.relative_to(top)) for file in source.files]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    for name in (
        "a.csv",
        "_b.csv",
        ".c.csv",
        "k=1/d.csv",
        "k=1/_e.csv",
        "_k=1/f.csv",
        ".k=1/g.csv",
    ):
        write(tmp_path / name)
    assert names(locate(DataSettings(path=str(tmp_path))), tmp_path) == ["a.csv", "k=1/d.csv"]
    assert names(locate(DataSettings(path=f"{tmp_path}/*.csv")), tmp_path) == ["a.csv"]
    assert names(locate(DataSettings(path=f"{tmp_path}/_*.csv")), tmp_path) == ["_b.csv"]
    assert names(locate(DataSettings(path=f"{tmp_path}/_b.csv")), tmp_path) == ["_b.csv"]


def test_keys_of_a_pattern_begin_where_it_leaves_something_open(tmp_path: Path) -> None:
    for name in ("a=1/b=2/c.csv", "a=1/b=3/c.csv"):
        write(tmp_path / name)
    found = {
        path: rows_of(locate(DataSettings(path=f"{tmp_path}/{path}")))
        for path in ("a=1", "a=1/b=*/c.csv", "a=*/b=3/*.csv", "a=1/b=2/c.csv", "a=1/b={SPAN}")
    }
    assert found == {
        "a=1": [{"fare": 1, "b": 2}, {"fare": 1, "b": 3}],
        "a=1/b=*/c.csv": [{"fare": 1, "b": 2}, {"fare": 1, "b": 3}],
        "a=*/b=3/*.csv": [{"fare": 1, "a": 1, "b": 3}],
        "a=1/b=2/c.csv": [{"fare": 1}],
        "a=1/b={SPAN}": [{"fare": 1, "b": 3}],
    }


def test_codes_in_names_of_folders_keep_their_zeros(tmp_path: Path) -> None:
    for month in ("01", "12"):
        write(tmp_path / f"month={month}" / "a.csv")
    assert [row["month"] for row in rows_of(locate(DataSettings(path=str(tmp_path))))] == [
        b"01",
        b"12",
    ]


def test_splits_may_be_keys(tmp_path: Path) -> None:
    for name in ("split=train/a.csv", "split=eval/b.csv"):
        write(tmp_path / name)
    source = locate(DataSettings(path=str(tmp_path), split="folders"))
    assert names(source, tmp_path) == ["split=train/a.csv", "split=eval/b.csv"]


def test_tf_record_files_without_rows_are_passed_over_and_counted(tmp_path: Path) -> None:
    to_tf_record(tmp_path, {"id": [1], "company": ["Blue"]})
    (tmp_path / "a.tfrecord").touch()
    (tmp_path / "b.tfrecord.gz").write_bytes(gzip.compress(b""))
    source = locate(DataSettings(path=str(tmp_path)))
    assert rows_of(source) == [{"company": b"Blue", "id": 1}]
    assert source.remarks() == ["2 of 3 files hold no rows"]
    (tmp_path / "trips.tfrecord.gz").unlink()
    with pytest.raises(DataError, match="must hold at least one row"):
        rows_of(source=locate(DataSettings(path=str(tmp_path))))


def test_parquet_files_without_rows_are_passed_over_and_counted(tmp_path: Path) -> None:
    table = pa.table({"id": pa.array([1], pa.uint64()), "lasts": pa.array([1], pa.duration("s"))})
    pq.write_table(table, tmp_path / "a.parquet")
    pq.write_table(pa.table({"other": pa.array([], pa.int64())}), tmp_path / "b.parquet")
    (tmp_path / "c.parquet").touch()
    source = locate(DataSettings(path=str(tmp_path)))
    assert rows_of(source) == [{"id": 1}]
    assert source.column_names() == {str(tmp_path / "a.parquet"): ["id", "lasts"]}
    assert source.remarks() == [
        "lasts: left out, for no tf.Example can hold the type duration[s]",
        "2 of 3 files hold no rows",
    ]
