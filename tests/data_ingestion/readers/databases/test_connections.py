"""Databases that say no, go away or are not there."""

import concurrent.futures
import socket
import sys
import traceback
import urllib.parse
from pathlib import Path

import adbc_driver_postgresql.dbapi as postgresql
import pytest
from queries import ask, read

from data_ingestion.examples.ingestion_report import REPORT_FILE
from data_ingestion.examples.intake import take_in
from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings
from zeroskew.errors import DataError, SettingsError


def test_a_url_may_leave_out_user_and_host(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = urllib.parse.parse_qs(urllib.parse.urlsplit(server).query)["host"][0]
    monkeypatch.setenv("PGUSER", "postgres")
    assert read(ask(f"postgresql:///postgres?host={folder}", "SELECT 1 AS x")) == [{"x": 1}]
    monkeypatch.setenv("PGHOST", folder)
    assert read(ask("postgresql:///postgres", "SELECT 1 AS x")) == [{"x": 1}]


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
