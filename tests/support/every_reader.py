"""One table in the form of each reader; a new reader is one more function in `WRITERS`."""

import gzip
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgresql
import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from example_files import write
from hsqldb import DRIVER, execute

from data_ingestion.readers.databases import jdbc
from data_ingestion.settings import DataSettings

Table = Mapping[str, Sequence[Any]]
"""Values by column, None where one is missing; the first column, `id`, numbers the rows.

A column is of one Python type, `str` for text; one without values is of the type in `TYPES`.
"""

TYPES = {"id": "INT", "count": "INT", "fare": "FLOAT", "company": "BYTES"}

QUERY = "SELECT * FROM trips ORDER BY 1"
_SQL_TYPES = {"INT": "BIGINT", "FLOAT": "DOUBLE PRECISION", "BYTES": "VARCHAR(1000)"}
_ARROW_TYPES = {"INT": pa.int64(), "FLOAT": pa.float64(), "BYTES": pa.string()}
_KINDS = {int: "INT", float: "FLOAT", str: "BYTES"}


def to_csv(folder: Path, table: Table) -> DataSettings:
    pa.csv.write_csv(pa.table(arrays(table)), str(folder / "trips.csv"))
    return DataSettings(path=str(folder / "trips.csv"))


def to_csv_gz(folder: Path, table: Table) -> DataSettings:
    plain = Path(to_csv(folder, table).path)
    packed = folder / "trips.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    return DataSettings(path=str(packed))


def to_parquet(folder: Path, table: Table) -> DataSettings:
    pq.write_table(pa.table(arrays(table)), str(folder / "trips.parquet"), row_group_size=7)
    return DataSettings(path=str(folder / "trips.parquet"))


def to_tf_record(folder: Path, table: Table) -> DataSettings:
    text = {pa.string(): pa.binary()}
    columns = {
        name: array.cast(text.get(array.type, array.type)) for name, array in arrays(table).items()
    }
    write(folder / "trips.tfrecord.gz", pa.RecordBatch.from_pydict(columns))
    return DataSettings(path=str(folder / "trips.tfrecord.gz"))


def to_sqlite(folder: Path, table: Table) -> DataSettings:
    with sqlite3.connect(folder / "trips.db") as connection:
        connection.execute(create(table))
        connection.executemany(insert(table), list(zip(*table.values(), strict=True)))
    connection.close()
    return DataSettings(path=f"sqlite:///{folder / 'trips.db'}", query=QUERY)


def to_duckdb(folder: Path, table: Table) -> DataSettings:
    with duckdb.connect(str(folder / "trips.duckdb")) as connection:
        connection.execute(create(table))
        connection.executemany(insert(table), list(zip(*table.values(), strict=True)))
    return DataSettings(path=f"duckdb:///{folder / 'trips.duckdb'}", query=QUERY)


def to_jdbc(folder: Path, table: Table) -> DataSettings:
    url = f"jdbc:hsqldb:file:{folder}/trips;user=SA;shutdown=true"
    with jdbc.connect(url, "", DRIVER) as connection:
        execute(connection, create(table))
        for row in zip(*table.values(), strict=True):
            execute(connection, f"INSERT INTO trips VALUES ({', '.join(map(literal, row))})")
    return DataSettings(path=url, query=QUERY, jdbc=DRIVER)


def to_postgresql(url: str) -> Callable[[Path, Table], DataSettings]:
    """Returns the writer for a server."""

    def to_server(folder: Path, table: Table) -> DataSettings:
        name = f"trips_{folder.name}"
        with postgresql.connect(url) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest(name, pa.table(arrays(table)).to_reader(), mode="replace")
            connection.commit()
        return DataSettings(path=url, query=QUERY.replace("trips", f'"{name}"'))

    return to_server


WRITERS: dict[str, Callable[[Path, Table], DataSettings]] = {
    "csv": to_csv,
    "csv.gz": to_csv_gz,
    "parquet": to_parquet,
    "tfrecord": to_tf_record,
    "sqlite": to_sqlite,
    "duckdb": to_duckdb,
    "jdbc": to_jdbc,
}


def arrays(table: Table) -> dict[str, pa.Array]:
    return {
        name: pa.array(values, _ARROW_TYPES[kind(name, values)]) for name, values in table.items()
    }


def kind(name: str, values: Sequence[Any]) -> str:
    found = next((value for value in values if value is not None), None)
    return TYPES[name] if found is None else _KINDS[type(found)]


def create(table: Table) -> str:
    columns = ", ".join(
        f'"{name}" {_SQL_TYPES[kind(name, values)]}' for name, values in table.items()
    )
    return f"CREATE TABLE trips ({columns})"


def insert(table: Table) -> str:
    return f"INSERT INTO trips VALUES ({', '.join('?' * len(table))})"


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"{value!r}E0" if isinstance(value, float) and "e" not in repr(value) else repr(value)
