"""Databases, by query; a large result is read in parts."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from data_ingestion.readers.arrow_rows import column_names, to_rows
from data_ingestion.readers.databases.connections import Connection, Database
from data_ingestion.readers.databases.values import check_types, clean, kinds, reject, unfit
from data_ingestion.readers.rows import Rows, left_out
from zeroskew.errors import DataError, SettingsError, did_you_mean


@dataclasses.dataclass(frozen=True)
class SqlChunk:
    """The result of a query, or a part of it.

    Attributes:
        database: which is asked.
        query: what is asked.
        source: the name of the query, and of the part; rows are numbered within it.
    """

    database: Database
    query: str
    source: str

    def read(self, types: Mapping[str, str]) -> Iterator[Rows]:
        """Reads the rows as the database sends them; see `Chunk`."""
        first_row = 1
        with self.database.connect() as connection:
            schema, batches = connection.query(self.query)
            check_types(schema, types)
            for batch in batches:
                values, faults = clean(batch, types)
                rows = to_rows(values, types, self.source, first_row)
                yield reject(rows, faults, self.source, first_row)
                first_row += batch.num_rows

    def count(self) -> None:
        """Returns None: a stream that ends early is an error, and counting asks all over again."""


@dataclasses.dataclass(frozen=True)
class SqlReader:
    """A query to a database.

    With partitions the query is asked once for each, by ranges of an integer column, and each part
    sees the data of its own moment: ask for rows that do not change any more.

    Attributes:
        database: which is asked.
        query: what is asked, without a semicolon.
        partition_column: an integer column of the result.
        partitions: how many parts.
    """

    database: Database
    query: str
    partition_column: str | None = None
    partitions: int = 1

    def columns(self) -> dict[str, str]:
        """Returns the kind that the type of each column becomes; see `Reader`."""
        # In SQLite values have types, and columns have none.
        query = self.query if self.database.scheme == "sqlite" else self._select("*", "1 = 0")
        with self.database.connect() as connection:
            schema, _ = connection.query(query)
            return kinds(schema)

    def column_names(self) -> dict[str, Sequence[str]]:
        """Returns the columns of the query; see `Reader`."""
        with self.database.connect() as connection:
            return {self._name: self._names(connection)}

    def remarks(self) -> list[str]:
        """Names the columns that are left out; see `Reader`."""
        with self.database.connect() as connection:
            schema, _ = connection.query(self._select("*", "1 = 0"))
            return left_out(unfit(schema))

    def chunks(self) -> list[SqlChunk]:
        """Returns the parts of the query; see `Reader`."""
        if self.partition_column is None:
            return [SqlChunk(self.database, self.query, self._name)]
        with self.database.connect() as connection:
            conditions = self._conditions(connection, self.partition_column)
        return [
            SqlChunk(
                self.database,
                self._select("*", condition),
                f"{self._name}, part {number} of {len(conditions)}",
            )
            for number, condition in enumerate(conditions, start=1)
        ]

    @property
    def _name(self) -> str:
        return f"the query to {self.database.url}"

    def _select(self, what: str, condition: str) -> str:
        # Oracle takes no AS here; the line break ends a comment.
        return f"SELECT {what} FROM ({self.query}\n) asked WHERE {condition}"

    def _names(self, connection: Connection) -> list[str]:
        schema, _ = connection.query(self._select("*", "1 = 0"))
        names = column_names(schema)
        for name in names:
            if names.count(name) > 1 or not name.strip():
                raise DataError(
                    "each column must have a name of its own",
                    received=f"{self._name} with the columns {', '.join(names)}",
                    action="name every column in the query, with AS",
                )
        return names

    def _conditions(self, connection: Connection, column: str) -> list[str]:
        """Returns conditions of which each row meets exactly one."""
        names = self._names(connection)
        if column not in names:
            raise SettingsError(
                "data.partition_column must be a column of the query",
                allowed=", ".join(names),
                received=column,
                action=did_you_mean(column, names),
            )
        quoted = connection.quote(column)
        ends = self._select(f"min({quoted}), max({quoted})", "1 = 1")
        schema, batches = connection.query(ends)
        (batch,) = [one for one in batches if one.num_rows]
        found = [values[0].as_py() for values in batch.columns]
        if None in found:
            return ["1 = 1"]
        # Databases differ in how they compare text with the numbers of a range.
        is_text = "BYTES" in kinds(schema).values()
        low, high = (None if is_text else _whole(one) for one in found)
        if low is None or high is None:
            raise SettingsError(
                "data.partition_column must hold integers",
                received=f"{column}, from {found[0]!r} to {found[1]!r}",
                action="name another column",
            )
        parts = min(self.partitions, high - low + 1)
        cuts = [low + (high - low + 1) * part // parts for part in range(1, parts)]
        starts = [None, *cuts]
        return [
            _range(quoted, start, stop) for start, stop in zip(starts, [*cuts, None], strict=True)
        ]


def _range(column: str, start: int | None, stop: int | None) -> str:
    """Returns a condition; missing values belong to the range without a start."""
    if start is None:
        return "1 = 1" if stop is None else f"({column} < {stop} OR {column} IS NULL)"
    return f"{column} >= {start}" + ("" if stop is None else f" AND {column} < {stop}")


def _whole(value: object) -> int | None:
    """Returns an integer, which may have come as text; None if it is none."""
    try:
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else None
    except (InvalidOperation, ValueError, OverflowError):
        return None
