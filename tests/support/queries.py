"""Queries to databases, and all of their rows."""

from typing import Any

from data_ingestion.readers.databases.connections import Database
from data_ingestion.readers.databases.sql import SqlReader


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
