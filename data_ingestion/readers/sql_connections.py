"""Connections to databases that answer a query with Arrow record batches.

| URL | through |
| --- | --- |
| `postgresql://user@host/database`, `redshift://...` | ADBC's driver for PostgreSQL (libpq) |
| `sqlite:///file.db`, `sqlite:////absolute/file.db` | ADBC's driver for SQLite |
| `duckdb:///file.duckdb` | DuckDB |
| `jdbc:...` | the JDBC driver that the settings name |

No password stands in a URL: settings are written to metadata and logs. `${NAME}` in a URL is the
environment variable of that name, read when the connection is opened; libpq also reads PGPASSWORD
and ~/.pgpass.
"""

import contextlib
import dataclasses
import os
import re
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from data_ingestion.settings import JdbcSettings
from zeroskew.errors import DataError, SettingsError, did_you_mean
from zeroskew.lazy import lazy_import

adbc = lazy_import("adbc_driver_manager")
duckdb = lazy_import("duckdb")
jdbc_driver = lazy_import("data_ingestion.readers.jdbc")

BATCH = 50_000
"""Rows that DuckDB hands on at once; the other drivers choose for themselves."""
CONNECT_SECONDS = 10
"""How long PostgreSQL may take to accept a connection."""

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_JDBC_PASSWORD = re.compile(r"[?;&:](?:password|pwd)=([^;&]*)", re.IGNORECASE)


class Connection(Protocol):
    """An open connection."""

    def query(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Asks the database; rows come as they are iterated over."""


@dataclasses.dataclass(frozen=True)
class Database:
    """Where a database is; holds no password.

    Attributes:
        url: with placeholders such as ``${DB_PASSWORD}`` for what is secret.
        jdbc: the JDBC driver, for URLs that begin with ``jdbc:``.
    """

    url: str
    jdbc: JdbcSettings = dataclasses.field(default_factory=JdbcSettings)

    def __post_init__(self) -> None:
        if self.scheme not in _CONNECT:
            raise SettingsError(
                "the URL of a database must begin with a scheme that is known",
                allowed=", ".join(_CONNECT),
                received=self.scheme,
                action=did_you_mean(self.scheme, _CONNECT) or "use a JDBC driver: jdbc:...",
            )
        if _has_password(self.url):
            raise SettingsError(
                "no password may stand in the settings, which are kept in metadata and logs",
                allowed="an environment variable, as ${NAME} in data.path",
                received="a URL with a password in it",
                action="export DB_PASSWORD=..., and write ${DB_PASSWORD} in its place",
            )

    @property
    def scheme(self) -> str:
        """What the URL begins with."""
        return self.url.partition(":")[0]

    @contextlib.contextmanager
    def connect(self) -> Iterator[Connection]:
        """Opens a connection.

        Raises:
            SettingsError: a variable is not set, or the package of the driver is not installed.
            DataError: the database cannot be reached, or does not answer a query.
        """
        secrets = [_variable(name) for name in _VARIABLE.findall(self.url)]
        try:
            with _CONNECT[self.scheme](_expand(self.url), self.jdbc) as connection:
                yield connection
        except ImportError as error:
            raise SettingsError(
                f"{self.scheme} needs a package that is not installed",
                received=str(error),
                action=f"pip install 'zeroskew[{'jdbc' if self.scheme == 'jdbc' else 'sql'}]'",
            ) from error
        except _database_errors() as error:
            message = " ".join(str(error).split())
            for secret in filter(None, secrets):
                message = message.replace(secret, "***")
            raise DataError(
                "the database must be reachable, and answer the query to its end",
                received=f"{self.url}: {message}",
                action="correct the URL or the query, or try again when the database is well",
            ) from error


def _has_password(url: str) -> bool:
    if url.startswith("jdbc:"):
        return any(not _VARIABLE.fullmatch(word) for word in _JDBC_PASSWORD.findall(url) if word)
    password = urllib.parse.urlsplit(url).password
    return bool(password) and not _VARIABLE.fullmatch(password or "")


def _variable(name: str) -> str:
    if name not in os.environ:
        raise SettingsError(
            "each variable in the URL of a database must be set in the environment",
            received=f"${{{name}}}, which is not set",
            action=f"export {name}=...",
        )
    return os.environ[name]


def _expand(url: str) -> str:
    if url.startswith("jdbc:"):
        return _VARIABLE.sub(lambda found: _variable(found[1]), url)
    return _VARIABLE.sub(lambda found: urllib.parse.quote(_variable(found[1]), safe=""), url)


def _database_errors() -> tuple[type[Exception], ...]:
    found: list[type[Exception]] = [pa.ArrowException, OSError, duckdb.Error]
    with contextlib.suppress(ImportError):
        found += [adbc.Error]
    with contextlib.suppress(ImportError):
        found += [jdbc_driver.JdbcError]
    return tuple(found)


class _Adbc:
    """A connection by ADBC (https://arrow.apache.org/adbc)."""

    def __init__(self, connection: Any, cursors: contextlib.ExitStack) -> None:
        self._connection = connection
        self._cursors = cursors

    def query(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        # A reader reads freed memory once nothing holds its cursor.
        cursor = self._cursors.enter_context(self._connection.cursor())
        cursor.execute(sql)
        reader = cursor.fetch_record_batch()
        return reader.schema, iter(reader)


class _DuckDb:
    """A connection to a DuckDB file."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def query(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        reader = self._connection.execute(sql).to_arrow_reader(BATCH)
        return reader.schema, iter(reader)


@contextlib.contextmanager
def _connect_postgresql(url: str, jdbc: JdbcSettings) -> Iterator[Connection]:
    del jdbc
    from adbc_driver_postgresql import dbapi

    parts = urllib.parse.urlsplit(url)
    options = urllib.parse.parse_qsl(parts.query)
    if "connect_timeout" not in dict(options):
        options.append(("connect_timeout", str(CONNECT_SECONDS)))
    query = urllib.parse.urlencode(options, quote_via=urllib.parse.quote, safe="/")
    target = parts._replace(scheme="postgresql", query=query).geturl()
    with dbapi.connect(target) as connection, contextlib.ExitStack() as cursors:
        yield _Adbc(connection, cursors)


@contextlib.contextmanager
def _connect_sqlite(url: str, jdbc: JdbcSettings) -> Iterator[Connection]:
    del jdbc
    from adbc_driver_sqlite import dbapi

    with dbapi.connect(_existing(url)) as connection, contextlib.ExitStack() as cursors:
        yield _Adbc(connection, cursors)


@contextlib.contextmanager
def _connect_duckdb(url: str, jdbc: JdbcSettings) -> Iterator[Connection]:
    del jdbc
    with duckdb.connect(_existing(url), read_only=True) as connection:
        yield _DuckDb(connection)


@contextlib.contextmanager
def _connect_jdbc(url: str, jdbc: JdbcSettings) -> Iterator[Connection]:
    with jdbc_driver.connect(url, jdbc) as connection:
        yield connection


def _existing(url: str) -> str:
    path = re.sub(r"^\w+:///", "", url)
    if not Path(path).is_file():
        raise DataError(
            "the data must exist",
            allowed="the file of a database, such as sqlite:///folder/file.db",
            received=f"{url} (no such file)",
            action="check data.path; an absolute path has four slashes",
        )
    return path


_CONNECT: dict[
    str, Callable[[str, JdbcSettings], contextlib.AbstractContextManager[Connection]]
] = {
    "postgresql": _connect_postgresql,
    "postgres": _connect_postgresql,
    "redshift": _connect_postgresql,
    "sqlite": _connect_sqlite,
    "duckdb": _connect_duckdb,
    "jdbc": _connect_jdbc,
}
