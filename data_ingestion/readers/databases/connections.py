"""Connections to databases that answer a query with Arrow record batches.

| URL | through |
| --- | --- |
| `postgresql://user@host/database`, `redshift://...` | ADBC's driver for PostgreSQL (libpq) |
| `sqlite:///file.db`, `sqlite:////absolute/file.db` | ADBC's driver for SQLite |
| `duckdb:///file.duckdb` | DuckDB |
| `jdbc:...` | the JDBC driver that the settings name |

`${NAME}` in a URL is the environment variable of that name, for what is secret; libpq also reads
PGPASSWORD and ~/.pgpass.
"""

import contextlib
import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from data_ingestion.database_urls import Expanded, expand, refuse_secrets
from data_ingestion.readers.databases import jdbc as java
from data_ingestion.readers.databases.jdbc_driver import JdbcError
from data_ingestion.settings import JdbcSettings
from zeroskew.errors import DataError, SettingsError, did_you_mean
from zeroskew.lazy import lazy_import

adbc = lazy_import("adbc_driver_manager")
duckdb = lazy_import("duckdb")

BATCH = 65_536
"""Rows that DuckDB and SQLite hand on at once; SQLite finds the types of columns in the first."""

_POSTGRESQL_OPTIONS = {
    "connect_timeout": 10,
    # A server that is gone without a word is noticed within a minute and a half.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 6,
}


class Connection(Protocol):
    """An open connection."""

    def query(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Asks the database; rows come as they are iterated over."""

    def quote(self, name: str) -> str:
        """Returns the name of a column as it stands in a query."""


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
        refuse_secrets(self.url)

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
        target = expand(self.url)
        try:
            with _CONNECT[self.scheme](target, self.jdbc) as connection:
                yield connection
        except ImportError as error:
            raise SettingsError(
                f"{self.scheme} needs a package that is not installed",
                received=str(error),
                action=f"pip install 'zeroskew[{'jdbc' if self.scheme == 'jdbc' else 'sql'}]'",
            ) from error
        except _database_errors() as error:
            said = " ".join(str(error).split())
            message = target.mask(said)
            raise DataError(
                "the database must be reachable, and answer the query to its end",
                received=f"{self.url}: {message}",
                action="correct the URL or the query, or try again when the database is well",
            ) from (error if message == said else None)


def _database_errors() -> tuple[type[Exception], ...]:
    found: list[type[Exception]] = [pa.ArrowException, OSError, JdbcError, duckdb.Error]
    with contextlib.suppress(ImportError):
        found += [adbc.Error]
    return tuple(found)


class _Standard:
    """A database that quotes names as the standard of SQL says."""

    def quote(self, name: str) -> str:
        escaped = name.replace('"', '""')
        return f'"{escaped}"'


class _Adbc(_Standard):
    """A connection by ADBC (https://arrow.apache.org/adbc)."""

    def __init__(self, connection: Any, cursors: contextlib.ExitStack, **options: str) -> None:
        self._connection = connection
        self._cursors = cursors
        self._options = options

    def query(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        # A reader reads freed memory once nothing holds its cursor.
        cursor = self._cursors.enter_context(self._connection.cursor())
        cursor.adbc_statement.set_options(**self._options)
        cursor.execute(sql)
        reader = cursor.fetch_record_batch()
        return reader.schema, iter(reader)


class _DuckDb(_Standard):
    """A connection to a DuckDB file."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def query(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        relation = self._connection.sql(sql)
        if relation is None:
            raise duckdb.InvalidInputException("a statement without a result")
        reader = relation.to_arrow_reader(BATCH)
        return reader.schema, iter(reader)


@contextlib.contextmanager
def _connect_postgresql(target: Expanded, jdbc: JdbcSettings) -> Iterator[Connection]:
    del jdbc
    from adbc_driver_postgresql import dbapi

    _, _, rest = target.url.partition(":")
    options = [f"{name}={value}" for name, value in _POSTGRESQL_OPTIONS.items() if name not in rest]
    url = f"postgresql:{rest}{'&' if '?' in rest else '?'}{'&'.join(options)}"
    with dbapi.connect(url) as connection, contextlib.ExitStack() as cursors:
        yield _Adbc(connection, cursors)


@contextlib.contextmanager
def _connect_sqlite(target: Expanded, jdbc: JdbcSettings) -> Iterator[Connection]:
    del jdbc
    from adbc_driver_sqlite import dbapi

    with dbapi.connect(_existing(target.url)) as connection, contextlib.ExitStack() as cursors:
        yield _Adbc(connection, cursors, **{"adbc.sqlite.query.batch_rows": str(BATCH)})


@contextlib.contextmanager
def _connect_duckdb(target: Expanded, jdbc: JdbcSettings) -> Iterator[Connection]:
    del jdbc
    with duckdb.connect(_existing(target.url), read_only=True) as connection:
        yield _DuckDb(connection)


@contextlib.contextmanager
def _connect_jdbc(target: Expanded, jdbc: JdbcSettings) -> Iterator[Connection]:
    with java.connect(target.url, target.password, jdbc) as connection:
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
    str, Callable[[Expanded, JdbcSettings], contextlib.AbstractContextManager[Connection]]
] = {
    "postgresql": _connect_postgresql,
    "postgres": _connect_postgresql,
    "redshift": _connect_postgresql,
    "sqlite": _connect_sqlite,
    "duckdb": _connect_duckdb,
    "jdbc": _connect_jdbc,
}
