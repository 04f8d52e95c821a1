"""SQLite and DuckDB files."""

import datetime
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest
from queries import ask, read

from data_ingestion.examples.intake import take_in
from data_ingestion.readers.databases.connections import Database
from data_ingestion.readers.databases.sql import SqlReader
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_file_that_is_a_database(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "my trips.db"
    connect: Any = sqlite3.connect if kind == "sqlite" else duckdb.connect
    connection = connect(str(file))
    connection.execute("CREATE TABLE trips (id INTEGER, fare DOUBLE, company VARCHAR)")
    connection.execute("INSERT INTO trips VALUES (1, 2.5, 'é'), (2, NULL, NULL), (3, 1e3, '')")
    connection.commit()
    connection.close()
    query = "SELECT * FROM trips ORDER BY id -- all of them"
    reader = SqlReader(Database(f"{kind}:///{file}"), query, "id", 2)
    assert list(reader.column_names().values()) == [["id", "fare", "company"]]
    assert reader.columns() == {"id": "INT", "fare": "FLOAT", "company": "BYTES"}
    assert read(reader) == [
        {"id": 1, "fare": 2.5, "company": "é".encode()},
        {"id": 2, "fare": None, "company": None},
        {"id": 3, "fare": 1000.0, "company": b""},
    ]
    assert reader.chunks()[1].source == f"the query to {kind}:///{file}, part 2 of 2"


def test_sqlite_finds_types_beyond_the_first_thousand_rows(tmp_path: Path) -> None:
    file = tmp_path / "trips.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE trips (fare)")
        fares = [(float(fare) if fare > 2_000 else fare,) for fare in range(3_000)]
        connection.executemany("INSERT INTO trips VALUES (?)", fares)
    reader = ask(f"sqlite:///{file}", "SELECT * FROM trips")
    assert reader.columns() == {"fare": "FLOAT"}
    assert sum(row["fare"] for row in read(reader)) == 4_498_500.0


def test_a_statement_without_a_result_is_no_source(tmp_path: Path) -> None:
    file = tmp_path / "a.duckdb"
    duckdb.connect(str(file)).close()
    data = DataSettings(path=f"duckdb:///{file}", query="SET threads = 1")
    folders = {split: str(tmp_path / split) for split in ("train", "eval")}
    # DuckDB 1 answers with nothing; DuckDB 2 with no rows, and only a subquery is wrong.
    with pytest.raises(DataError, match=r"a statement without a result|syntax error"):
        take_in(data, {"x": "INT"}, folders, str(tmp_path / "report"))


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "trips.db"
    with pytest.raises(DataError, match="no such file"):
        ask(f"{kind}:///{file}", "SELECT 1").columns()
    assert not file.exists()


def test_duckdb_keeps_dates_and_decimals(tmp_path: Path) -> None:
    file = tmp_path / "a.duckdb"
    duckdb.connect(str(file)).close()
    query = "SELECT DATE '2016-12-30' AS d, 1.50::DECIMAL(5, 2) AS n, [1, 2] AS l, {'a': 1} AS s"
    (row,) = read(ask(f"duckdb:///{file}", query))
    day = datetime.date(2016, 12, 30).isoformat().encode()
    assert row == {"d": day, "n": 1.5, "l": [1, 2], "s.a": 1}
