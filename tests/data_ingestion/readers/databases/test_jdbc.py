"""Databases by JDBC: a real HSQLDB, which scripts/hsqldb brings."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hsqldb import DRIVER, JAR, execute

from data_ingestion.examples.intake import take_in
from data_ingestion.readers.databases import jdbc, jdbc_driver
from data_ingestion.readers.databases.connections import Database
from data_ingestion.readers.databases.sql import SqlReader
from data_ingestion.settings import DataSettings, JdbcSettings
from zeroskew.errors import DataError, SettingsError

URL = "jdbc:hsqldb:mem:trips;user=SA;password=${HSQLDB_PASSWORD}"
ROWS = 45_000


@pytest.fixture(scope="module", autouse=True)
def database() -> Iterator[Any]:
    """A database in the memory of Java, which lives as long as a connection to it."""
    assert JAR.is_file(), "run scripts/hsqldb"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HSQLDB_PASSWORD", "se;cr&t")
        with jdbc.connect("jdbc:hsqldb:mem:trips;user=SA", "se;cr&t", DRIVER) as connection:
            execute(connection, "CREATE TABLE trips (id INTEGER, fare DOUBLE, company VARCHAR(20))")
            execute(
                connection,
                f"""INSERT INTO trips SELECT n, CASE MOD(n, 3) WHEN 0 THEN NULL ELSE n / 4E0 END,
                    CASE MOD(n, 2) WHEN 0 THEN 'é' ELSE NULL END
                    FROM UNNEST(SEQUENCE_ARRAY(0, {ROWS - 1}, 1)) AS made(n)""",
            )
            yield connection


def ask(query: str) -> SqlReader:
    return SqlReader(Database(URL, DRIVER), query)


def one_row(select: str) -> dict[str, Any]:
    reader = ask(f"SELECT {select} FROM (VALUES 1) AS one")
    (chunk,) = reader.chunks()
    (piece,) = chunk.read(reader.columns())
    assert piece.rejected == []
    (row,) = piece.batch.to_pylist()
    return row


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CAST(1 AS TINYINT)", 1),
        ("CAST(9223372036854775807 AS BIGINT)", 2**63 - 1),
        ("CAST(0 AS INTEGER)", 0),
        ("CAST(NULL AS INTEGER)", None),
        ("1.5E0", 1.5),
        ("CAST(NULL AS DOUBLE)", None),
        ("CAST(12.50 AS DECIMAL(10, 2))", 12.5),
        ("TRUE", 1),
        ("FALSE", 0),
        ("CAST(NULL AS BOOLEAN)", None),
        ("'é''s'", "é's".encode()),
        ("CAST(NULL AS VARCHAR(5))", None),
        ("CAST('text' AS CLOB)", b"text"),
        ("CAST(X'00FF' AS VARBINARY(5))", b"\x00\xff"),
        ("CAST(X'00FF' AS BLOB)", b"\x00\xff"),
        ("CAST(B'1' AS BIT(1))", 1),
        ("CAST(B'1011' AS BIT(4))", b"1011"),
        (
            "UUID('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')",
            b"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        ),
        ("DATE '2016-12-30'", b"2016-12-30"),
        ("DATE '1896-02-29'", b"1896-02-29"),
        ("TIME '08:15:00'", b"08:15:00"),
        ("TIMESTAMP '2016-12-30 08:15:00.25'", b"2016-12-30T08:15:00.250000"),
        ("TIMESTAMP '2016-12-30 08:15:00+02:00'", b"2016-12-30T06:15:00Z"),
        ("CAST(NULL AS TIMESTAMP)", None),
    ],
)
def test_each_type(sql: str, expected: Any) -> None:
    assert one_row(f"{sql} AS x") == {"X": expected}


@pytest.mark.parametrize("partitions", [1, 3])
def test_all_rows_are_read(partitions: int) -> None:
    reader = SqlReader(Database(URL, DRIVER), "SELECT * FROM trips", "ID", partitions)
    assert list(reader.column_names().values()) == [["ID", "FARE", "COMPANY"]]
    pieces = [
        piece
        for chunk in reader.chunks()
        for piece in chunk.read({"ID": "INT", "FARE": "FLOAT", "COMPANY": "BYTES"})
    ]
    rows = [row for piece in pieces for row in piece.batch.to_pylist()]
    assert len(pieces) >= 3
    assert [row["ID"] for row in rows] == list(range(ROWS))
    assert [row["FARE"] for row in rows[:4]] == [None, 0.25, 0.5, None]
    assert [row["COMPANY"] for row in rows[:2]] == ["é".encode(), None]


def test_two_threads_at_once(tmp_path: Path) -> None:
    data = DataSettings(
        path=URL,
        query="SELECT * FROM trips",
        partition_column="ID",
        partitions=4,
        jdbc=DRIVER,
        workers=2,
    )
    folders = {split: str(tmp_path / split) for split in ("train", "eval")}
    report = take_in(data, {"ID": "INT"}, folders, str(tmp_path / "report"))
    assert (report.rows_in, report.rejected) == (ROWS, 0)


def test_what_the_database_says_is_said() -> None:
    with pytest.raises(DataError) as caught:
        ask("SELECT * FROM nowhere").columns()
    assert "user lacks privilege or object not found: NOWHERE" in str(caught.value)
    assert "se;cr&t" not in str(caught.value)


def test_a_wrong_password_is_an_error_that_does_not_show_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HSQLDB_PASSWORD", "hush")
    with pytest.raises(DataError) as caught:
        ask("SELECT * FROM trips").columns()
    assert "invalid authorization specification" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_database_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jdbc_driver, "CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"jdbc:hsqldb:hsql://127.0.0.1:{silent.getsockname()[1]}/trips;user=SA"
        with pytest.raises(DataError, match="no connection within 1 seconds"):
            SqlReader(Database(url, DRIVER), "SELECT 1").columns()


def test_the_time_zone_of_the_machine_moves_no_timestamp() -> None:
    """In Berlin there was no half past two that night."""
    code = """
import sys, json, pathlib
from data_ingestion.readers.databases.sql import SqlReader
from data_ingestion.readers.databases.connections import Database
from data_ingestion.settings import JdbcSettings
database = Database("jdbc:hsqldb:mem:x;user=SA", JdbcSettings(driver_jar=pathlib.Path(sys.argv[1])))
reader = SqlReader(database, "SELECT TIMESTAMP '2016-03-27 02:30:00' AS t FROM (VALUES 1) AS one")
(piece,) = reader.chunks()[0].read({"T": "BYTES"})
print(json.dumps([value.decode() for value in piece.batch.column(0).to_pylist()]))
"""
    environment = {**os.environ, "TZ": "Europe/Berlin"}
    command = [sys.executable, "-c", code, str(JAR)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert json.loads(run.stdout) == ["2016-03-27T02:30:00"]


def test_an_array_must_be_cast() -> None:
    query = "SELECT SEQUENCE_ARRAY(1, 3, 1) AS a, 1 AS b FROM (VALUES 1) AS one"
    assert ask(query).columns() == {"B": "INT"}
    (chunk,) = ask(query).chunks()
    with pytest.raises(DataError, match="column 'A' must be of a type"):
        list(chunk.read({"A": "INT", "B": "INT"}))


@pytest.mark.parametrize(
    ("driver", "url", "rule", "received"),
    [
        (JdbcSettings(), URL, "must be the .jar file of the database's JDBC driver", "none"),
        (JdbcSettings(driver_jar=Path("no.jar")), URL, "must be the .jar file", "no.jar (no such"),
        (
            JdbcSettings(driver_jar=JAR, driver_class="org.acme.Driver"),
            URL,
            "the .jar file must hold the JDBC driver",
            f"{JAR}: org.acme.Driver",
        ),
        (DRIVER, "jdbc:oracle:thin:@host", "must be one that the JDBC driver takes", "oracle, to"),
    ],
)
def test_a_driver_that_cannot_be_used(
    driver: JdbcSettings, url: str, rule: str, received: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        SqlReader(Database(url, driver), "SELECT 1").columns()
    first, *rest = str(caught.value).splitlines()
    assert rule in first
    assert f"  received: {received}" in "\n".join(rest)


def test_a_driver_whose_class_the_settings_name() -> None:
    named = JdbcSettings(driver_jar=JAR, driver_class="org.hsqldb.jdbc.JDBCDriver")
    reader = SqlReader(Database(URL, named), "SELECT n FROM (VALUES (1), (2)) AS made(n)")
    (chunk,) = reader.chunks()
    (piece,) = chunk.read({"N": "INT"})
    assert piece.batch.to_pylist() == [{"N": 1}, {"N": 2}]
