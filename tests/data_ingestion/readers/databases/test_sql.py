"""Queries to a real PostgreSQL server, whole and in parts."""

import gzip
import pickle
from pathlib import Path

import pytest
from queries import ask, read

from data_ingestion.examples.intake import take_in
from data_ingestion.readers.databases.connections import Database
from data_ingestion.readers.databases.sql import SqlReader
from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError, SettingsError
from zeroskew.schema import column_types, read_schema

TAXI = Path(__file__).parents[4] / "data_ingestion" / "schema" / "taxi.pbtxt"


@pytest.mark.parametrize("partitions", [1, 2, 3, 7, 50])
def test_parts_hold_each_row_once(server: str, partitions: int) -> None:
    query = "SELECT trip_seconds, pickup_community_area AS area FROM trips"
    reader = SqlReader(Database(server), query, "area", partitions)
    assert len(reader.chunks()) == partitions
    rows = read(reader, {"trip_seconds": "INT", "area": "INT"})
    assert len(rows) == 15_002
    assert sum(row["area"] is None for row in rows) == 2
    assert sum(row["trip_seconds"] or 0 for row in rows) == 11_661_302


def test_there_are_no_more_parts_than_values(server: str) -> None:
    query = "SELECT trip_start_day AS day FROM trips"
    assert len(SqlReader(Database(server), query, "day", 100).chunks()) == 7
    nothing = "SELECT NULL::integer AS day FROM trips"
    assert len(SqlReader(Database(server), nothing, "day", 100).chunks()) == 1


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        ("dya", "data.partition_column must be a column of the query"),
        ("company", "data.partition_column must hold integers"),
        ("zip", "data.partition_column must hold integers"),
        ("half", "data.partition_column must hold integers"),
    ],
)
def test_parts_need_a_column_of_integers(server: str, column: str, rule: str) -> None:
    query = "SELECT trip_start_day AS day, company, '123' AS zip, 0.5 AS half FROM trips"
    reader = SqlReader(Database(server), query, column)
    with pytest.raises(SettingsError, match=rule):
        reader.chunks()


def test_numbers_of_any_precision_make_parts(server: str) -> None:
    query = "SELECT n::numeric AS n FROM generate_series(1, 10) AS made(n)"
    parts = SqlReader(Database(server), query, "n", 2).chunks()
    rows = [
        [row for rows in part.read({"n": "INT"}) for row in rows.batch["n"].to_pylist()]
        for part in parts
    ]
    assert rows == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]


def test_rows_are_numbered_within_their_part(server: str) -> None:
    query = "SELECT n, 1e39::float8 * (n % 2) AS x FROM generate_series(1, 4) AS made(n)"
    parts = SqlReader(Database(server), query, "n", 2).chunks()
    found = [row for part in parts for rows in part.read({"x": "FLOAT"}) for row in rows.rejected]
    assert [(row.source.rpartition(", ")[2], row.line) for row in found] == [
        ("part 1 of 2", 1),
        ("part 2 of 2", 1),
    ]


@pytest.mark.parametrize("partitions", [1, 4])
def test_two_workers_take_in_each_row_once(server: str, tmp_path: Path, partitions: int) -> None:
    data = DataSettings(
        path=server,
        query="SELECT * FROM trips",
        partition_column="trip_start_timestamp",
        partitions=partitions,
        workers=2,
    )
    folders = {split: str(tmp_path / split) for split in ("train", "eval")}
    report = take_in(data, column_types(read_schema(TAXI)), folders, str(tmp_path / "report"))
    assert (report.rows_in, report.rejected) == (15_002, 0)
    assert sum(report.examples.values()) == 15_002


def test_a_chunk_that_is_pickled_holds_no_password(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PG_PASSWORD", "hush")
    url = server.replace("postgres:@", "postgres:${PG_PASSWORD}@")
    (chunk,) = ask(url, "SELECT 1 AS x").chunks()
    pickled = pickle.dumps(chunk)
    assert b"hush" not in pickled
    assert "hush" not in repr(chunk)
    (piece,) = pickle.loads(pickled).read({"x": "INT"})
    assert piece.batch.to_pylist() == [{"x": 1}]


def test_the_examples_are_those_of_the_csv_file(server: str, tmp_path: Path) -> None:
    types = column_types(read_schema(TAXI))
    query = "SELECT * FROM trips;"
    written = []
    for name, data in (
        ("csv", DataSettings()),
        ("sql", DataSettings(path=server, query=query)),
    ):
        folders = {split: str(tmp_path / name / split) for split in ("train", "eval")}
        report = take_in(data, types, folders, str(tmp_path / name / "report"))
        assert (report.rows_in, report.rejected) == (15_002, 0)
        written.append(
            [gzip.decompress(next(Path(one).iterdir()).read_bytes()) for one in folders.values()]
        )
    assert written[0] == written[1]


def test_a_query_without_rows_is_an_error(server: str, tmp_path: Path) -> None:
    folders = {split: str(tmp_path / split) for split in ("train", "eval")}
    data = DataSettings(path=server, query="SELECT 1 AS x WHERE false")
    with pytest.raises(DataError, match="each split must get at least one row") as caught:
        take_in(data, {"x": "INT"}, folders, str(tmp_path / "report"))
    assert "none for train, of 0; 0 rejected" in str(caught.value)


def test_a_database_needs_a_query_and_a_file_takes_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a database is asked with a query"):
        locate(DataSettings(path="sqlite:///trips.db"))
    with pytest.raises(SettingsError, match="a query is put to a database"):
        locate(DataSettings(path="trips.csv", query="SELECT 1"))


@pytest.mark.parametrize("query", ["SELECT 1 AS a, 2 AS a", 'SELECT 1 AS " "'])
def test_columns_need_names_of_their_own(server: str, query: str) -> None:
    with pytest.raises(DataError, match="each column must have a name of its own"):
        ask(server, query).column_names()
