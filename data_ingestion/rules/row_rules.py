"""Rules that each row must keep: SQL predicates, evaluated by DuckDB on record batches.

As in an SQL CHECK, a row keeps a rule unless the predicate is false: a comparison with a missing
number is neither. Missing text is the empty text, so that `company <> ''` says "not missing".
"""

import dataclasses
import functools
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zeroskew.errors import DataError, SettingsError
from zeroskew.lazy import lazy_import

duckdb = lazy_import("duckdb")
arrow_dataset = lazy_import("pyarrow.dataset")

ARROW_TYPES = {"FLOAT": pa.float64(), "INT": pa.int64(), "BYTES": pa.string()}


@dataclasses.dataclass(frozen=True)
class Predicate:
    """A condition on one row.

    Attributes:
        name: what it is called in reports.
        sql: an SQL expression of DuckDB over the columns, such as ``fare >= 0``.
        rejects: whether a row for which it is false is rejected.
    """

    name: str
    sql: str
    rejects: bool = False


class Predicates:
    """Evaluates predicates; a process needs one.

    Usage::

        predicates = Predicates([Predicate("fares are not negative", "fare >= 0")], types)
        verdicts = predicates.evaluate(batch)

    Args:
        predicates: the conditions.
        types: ``"FLOAT"``, ``"INT"`` or ``"BYTES"`` by column.

    Raises:
        SettingsError: one of them is no condition on a row with these columns.
    """

    def __init__(self, predicates: Sequence[Predicate], types: Mapping[str, str]) -> None:
        self._predicates = predicates
        self._types = types
        for predicate in predicates:
            self._check(predicate)

    def evaluate(self, batch: pa.RecordBatch) -> list[np.ma.MaskedArray]:
        """Returns for each predicate and row whether it is true; masked where it is neither.

        Args:
            batch: rows; columns of the schema that it lacks are missing in each row.

        Raises:
            DataError: the values make it impossible, such as lists where one value is expected.
        """
        if not self._predicates:
            return []
        expressions = [one.sql for one in self._predicates]
        try:
            found = self._query(expressions, self._view(batch))
        except duckdb.Error as error:
            raise DataError(
                "each rule must have an answer for every row",
                allowed=f"rows for which these can be evaluated: {'; '.join(expressions)}",
                received=" ".join(str(error).split("\n\nLINE")[0].split()),
                action="correct the rule so that it holds for such values too, or the data",
            ) from error
        return [np.ma.asarray(found[f"p{place}"]) for place in range(len(self._predicates))]

    def _view(self, batch: pa.RecordBatch) -> pa.Table:
        """Returns the rows as SQL is to see them."""
        columns = {}
        for name, kind in self._types.items():
            index = batch.schema.get_field_index(name)
            column = batch.column(index) if index >= 0 else _nulls(batch.num_rows, kind)
            columns[name] = _as_text(column) if kind == "BYTES" else column
        return pa.table(columns)

    def _check(self, predicate: Predicate) -> None:
        empty = pa.table({name: _nulls(2, kind) for name, kind in self._types.items()})
        try:
            (found,) = self._query([predicate.sql], empty).values()
            problem = "" if len(found) == 2 else "it is about many rows, not about one"
        except duckdb.Error as error:
            problem = " ".join(str(error).split("\n\nLINE")[0].split())
        if problem:
            raise SettingsError(
                f"rule {predicate.name!r} must be a condition on one row, in SQL",
                allowed=f"DuckDB's SQL over the columns {', '.join(self._types)}",
                received=f"{predicate.sql} ({problem})",
                action="correct the rule",
            )

    def _query(self, expressions: Sequence[str], rows: pa.Table) -> dict[str, Any]:
        selected = ", ".join(
            f"CAST(({sql}\n) AS BOOLEAN) AS p{n}" for n, sql in enumerate(expressions)
        )
        connection = _connection(threading.get_ident())
        connection.register("rows", arrow_dataset.dataset(rows))
        try:
            return connection.execute(f"SELECT {selected} FROM rows").fetchnumpy()
        finally:
            connection.unregister("rows")


@functools.cache
def _connection(thread: int) -> Any:
    del thread  # A connection serves one thread at a time.
    # One thread keeps the order of the rows; a rule may read the columns and nothing else.
    connection = duckdb.connect(config={"threads": 1, "enable_external_access": False})
    connection.execute("SET lock_configuration = true")
    return connection


def _nulls(count: int, kind: str) -> pa.Array:
    return pa.nulls(count, ARROW_TYPES[kind])


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_nested(column.type):
        return column
    try:
        return pc.fill_null(column.cast(pa.string()), "")
    except pa.ArrowInvalid:
        texts = [(value or b"").decode(errors="replace") for value in column.to_pylist()]
        return pa.array(texts, pa.string())
