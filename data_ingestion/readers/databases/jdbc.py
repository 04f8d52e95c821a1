"""Any database with a JDBC driver, as Arrow record batches, through a Java machine in this process.

Each value crosses from Java to Python on its own, so this is the slowest source there is: where a
database has another way, take that one.
"""

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from data_ingestion.readers.databases.jdbc_driver import (
    errors_of_java,
    in_time,
    load_driver,
    start_java,
)
from data_ingestion.readers.databases.values import NUMBER, UNREADABLE
from data_ingestion.settings import JdbcSettings
from zeroskew.errors import SettingsError

BATCH = 20_000
"""Rows that are handed on at once."""

Getter = Callable[[Any, int], Any]


class _Kind(NamedTuple):
    """How the values of some SQL types are fetched, and what Arrow makes of them."""

    data_type: pa.DataType
    get: Getter
    written_as: pa.DataType | None = None


class JdbcConnection:
    """An open connection.

    Args:
        connection: a `java.sql.Connection`.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._mark = str(connection.getMetaData().getIdentifierQuoteString()).strip() or '"'

    def quote(self, name: str) -> str:
        """Returns the name of a column as it stands in a query."""
        return self._mark + name.replace(self._mark, 2 * self._mark) + self._mark

    def query(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Asks the database; rows come as they are iterated over."""
        with errors_of_java():
            statement = self._connection.createStatement()
            statement.setFetchSize(BATCH)
            results = statement.executeQuery(sql)
            described = results.getMetaData()
            columns = range(1, described.getColumnCount() + 1)
            codes = [_code(described, column) for column in columns]
            names = [str(described.getColumnLabel(column)) for column in columns]
        kinds = [_kinds().get(code) for code in codes]
        fields = [
            pa.field(name, kind.data_type, metadata=NUMBER if _is_number(code) else None)
            if kind
            else pa.field(name, pa.null(), metadata={UNREADABLE: f"JDBC type {code}".encode()})
            for name, code, kind in zip(names, codes, kinds, strict=True)
        ]
        schema = pa.schema(fields)
        return schema, _batches(results, schema, kinds)


@contextlib.contextmanager
def connect(url: str, password: str | None, jdbc: JdbcSettings) -> Iterator[JdbcConnection]:
    """Opens a connection.

    Args:
        url: ``jdbc:...``, as the driver takes it.
        password: if it does not stand in the URL.
        jdbc: names the driver.

    Raises:
        SettingsError: there is no driver, or no Java.
        JdbcError: the database refuses.
    """
    jpype = start_java()
    driver = load_driver(jdbc)
    with errors_of_java():
        properties = jpype.JClass("java.util.Properties")()
        if password is not None:
            properties.setProperty("password", password)
        connection = in_time(lambda: driver.connect(url, properties))
    if connection is None:
        raise SettingsError(
            "the URL must be one that the JDBC driver takes",
            received=f"{url.split(':')[1]}, to {driver.getClass().getName()}",
            action="correct data.path, or name another data.jdbc.driver_jar",
        )
    try:
        # Many drivers fetch all rows at once unless a transaction is open; some have none.
        with contextlib.suppress(jpype.JException):
            connection.setAutoCommit(False)
        yield JdbcConnection(connection)
    finally:
        for end in (connection.rollback, connection.close):
            with contextlib.suppress(jpype.JException):
                end()


def _batches(
    results: Any, schema: pa.Schema, kinds: list[_Kind | None]
) -> Iterator[pa.RecordBatch]:
    rows = _rows(results, kinds)
    while some := list(itertools.islice(rows, BATCH)):
        columns = [
            _column(values, field.type, kind)
            for values, field, kind in zip(zip(*some, strict=True), schema, kinds, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _rows(results: Any, kinds: list[_Kind | None]) -> Iterator[list[Any]]:
    getters = [(kind.get, column) for column, kind in enumerate(kinds, start=1) if kind]
    gaps = [column for column, kind in enumerate(kinds) if kind is None]
    with errors_of_java():
        while results.next():
            row = [get(results, column) for get, column in getters]
            for column in gaps:
                row.insert(column, None)
            yield row


def _column(values: tuple[Any, ...], data_type: pa.DataType, kind: _Kind | None) -> pa.Array:
    if kind is None or kind.written_as is None:
        return pa.array(values, data_type)
    return pa.array(values, pa.string()).cast(kind.written_as).cast(data_type)


def _unless_null(get: str, empty: Any) -> Getter:
    """Returns what fetches a primitive value: Java has no null for it, but asks afterwards."""

    def fetch(results: Any, column: int) -> Any:
        value = getattr(results, get)(column)
        return None if value == empty and results.wasNull() else value

    return fetch


def _text(get: str, length: int | None = None) -> Getter:
    """Returns what fetches an object as its text, cut to a length."""

    def fetch(results: Any, column: int) -> str | None:
        value = getattr(results, get)(column)
        return None if value is None else str(value)[:length]

    return fetch


def _decimal(results: Any, column: int) -> str | None:
    value = results.getBigDecimal(column)
    return None if value is None else str(value.toPlainString())


def _bytes(results: Any, column: int) -> bytes | None:
    value = results.getBytes(column)
    return None if value is None else bytes(value)


def _blob(results: Any, column: int) -> bytes | None:
    value = results.getBlob(column)
    return None if value is None else bytes(value.getBytes(1, int(value.length())))


def _moment(results: Any, column: int) -> str | None:
    """Fetches a timestamp with a time zone, as UTC."""
    value = results.getObject(column)
    if value is None:
        return None
    return str(value.toInstant())[:26].rstrip("Z") + "Z"


def _code(described: Any, column: int) -> int:
    """Returns the type of a column; text, for bytes and bits that mean nothing by themselves."""
    from jpype import JClass

    types = JClass("java.sql.Types")
    code = int(described.getColumnType(column))
    is_uuid = str(described.getColumnTypeName(column)).lower() in ("uuid", "uniqueidentifier")
    is_bits = code == types.BIT and described.getPrecision(column) > 1
    return int(types.VARCHAR) if is_uuid or is_bits else code


def _is_number(code: int) -> bool:
    from jpype import JClass

    types = JClass("java.sql.Types")
    return code in (types.NUMERIC, types.DECIMAL)


@functools.cache
def _kinds() -> dict[int, _Kind]:
    """Returns how each type of `java.sql.Types` is fetched."""
    from jpype import JClass

    types = JClass("java.sql.Types")
    integer = _Kind(pa.int64(), _unless_null("getLong", 0))
    real = _Kind(pa.float64(), _unless_null("getDouble", 0.0))
    truth = _Kind(pa.bool_(), _unless_null("getBoolean", False))
    number = _Kind(pa.string(), _decimal)
    text = _Kind(pa.string(), _text("getString"))
    binary = _Kind(pa.binary(), _bytes)
    utc = pa.timestamp("us", "UTC")
    named = {
        **dict.fromkeys(["TINYINT", "SMALLINT", "INTEGER", "BIGINT"], integer),
        **dict.fromkeys(["REAL", "FLOAT", "DOUBLE"], real),
        **dict.fromkeys(["BIT", "BOOLEAN"], truth),
        **dict.fromkeys(["NUMERIC", "DECIMAL"], number),
        **dict.fromkeys(["CHAR", "VARCHAR", "LONGVARCHAR", "CLOB"], text),
        **dict.fromkeys(["NCHAR", "NVARCHAR", "LONGNVARCHAR", "NCLOB", "SQLXML", "ROWID"], text),
        **dict.fromkeys(["BINARY", "VARBINARY", "LONGVARBINARY"], binary),
        "BLOB": _Kind(pa.binary(), _blob),
        "DATE": _Kind(pa.date32(), _text("getDate"), pa.timestamp("s")),
        "TIME": _Kind(pa.string(), _text("getTime")),
        "TIMESTAMP": _Kind(pa.timestamp("us"), _text("getTimestamp", 26), pa.timestamp("us")),
        "TIMESTAMP_WITH_TIMEZONE": _Kind(utc, _moment, utc),
    }
    return {int(getattr(types, name)): kind for name, kind in named.items()}
