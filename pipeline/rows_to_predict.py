"""Rows of a file for a model: read as the rows of its training were, by the names it knows."""

import itertools
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data_ingestion.database_urls import is_url, refuse_secrets
from data_ingestion.readers.csv.reader import CsvReader
from data_ingestion.readers.databases.big_query import is_big_query
from data_ingestion.readers.partitions import PartitionReader
from data_ingestion.readers.rows import Reader
from data_ingestion.readers.source import Source, locate
from data_ingestion.settings import CsvSettings, DataSettings
from zeroskew.errors import DataError, SettingsError, did_you_mean

_SHOWN = 5
_AT_ONCE = 1000

Row = dict[str, Any]


class RowsFile:
    """Rows of any source that data is read from, or of a file with a JSON list of objects.

    Args:
        data: where they are, and how they are written.

    Raises:
        DataError: they cannot be read.
    """

    def __init__(self, data: DataSettings) -> None:
        self._place = data.path
        self._objects = _read_json(Path(data.path)) if data.path.endswith(".json") else None
        self._source = _locate(data) if self._objects is None else Source({})
        found: Iterable[Iterable[str]]
        found = self._source.column_names().values() if self._objects is None else self._objects
        self._names = list(dict.fromkeys(itertools.chain.from_iterable(found)))

    @property
    def source(self) -> Source:
        """Where the rows come from.

        Raises:
            SettingsError: they are objects of JSON.
        """
        if self._objects is not None:
            raise SettingsError(
                "a file is made of rows that data is read from",
                allowed="CSV, Parquet, TFRecord, a folder of one kind, a pattern, or a database",
                received=f"{self._place}, which is JSON",
                action="convert the rows; zeroskew predict without --output prints the answers",
            )
        return self._source

    def key_types(self, keys: Sequence[str], option: str = "--key") -> dict[str, str]:
        """Returns how columns are read that come through as they are.

        A text file's are text, whatever they look like: ``007`` stays that.

        Args:
            keys: names of the columns.
            option: that named them.

        Raises:
            SettingsError: a file lacks one.
        """
        for name, columns in self.source.column_names().items():
            for key in keys:
                if key not in columns:
                    raise SettingsError(
                        f"{option} names a column of the rows",
                        allowed=", ".join(columns),
                        received=f"{key!r}, which {name} lacks",
                        action=did_you_mean(key, columns),
                    )
        texts = all(_is_text(reader) for reader in self.source.readers.values())
        found = {} if texts or not keys else self.source.types()
        return {key: found.get(key, "BYTES") for key in keys}

    def remarks(self, types: Mapping[str, str], keys: Collection[str] = ()) -> list[str]:
        """Says what of the columns is not what a model with these raw columns expects.

        Args:
            types: of the model's raw columns.
            keys: other columns that are asked for.

        Raises:
            DataError: no column is one of the model.
        """
        others = [name for name in self._names if name not in types and name not in keys]
        missing = [name for name in types if name not in self._names]
        if self._names and len(missing) == len(types):
            raise self._strange(self._names, types)
        said = [
            f"column {name!r} is not one of the model; {hint}"
            for name in others
            if (hint := did_you_mean(name, missing))
        ]
        if missing and self._names:
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            shown = ", ".join(missing[:_SHOWN])
            said.append(f"counted as missing, for {self._place} lacks them: {shown}{more}")
        return [*self._source.remarks(), *said]

    def read(
        self, types: Mapping[str, str], limit: int | None = None, lists: Collection[str] = ()
    ) -> list[Row]:
        """Reads the columns of a model.

        Args:
            types: of the model's raw columns.
            limit: rows to read at most.
            lists: those of which the model takes lists; tf.Examples do not tell one value from a
                list of one.

        Returns:
            Values by column, None where one is missing; text that is UTF-8 as str.

        Raises:
            DataError: a row cannot be read as the model expects, or has no column of it.
        """
        if self._objects is None:
            return list(itertools.islice(self._from_source(types, lists), limit))
        rows = self._objects[:limit]
        for number, row in enumerate(rows, start=1):
            if not types.keys() & row.keys():
                raise self._strange([*row], types, f"row {number} ")
        return rows

    def _from_source(self, types: Mapping[str, str], lists: Collection[str]) -> Iterator[Row]:
        for name, rows in self._source.rows(types):
            for row in rows.rejected[:1]:
                raise DataError(
                    "every row must be one that the model was trained to read",
                    received=f"{name}, line {row.line}: {row.reason}",
                    action="correct the row",
                )
            for start in range(0, rows.batch.num_rows, _AT_ONCE):
                for values in rows.batch.slice(start, _AT_ONCE).to_pylist():
                    texts = {column: _as_text(value) for column, value in values.items()}
                    yield {**texts, **{name: _as_list(texts.get(name)) for name in lists}}

    def _strange(
        self, names: Sequence[str], types: Mapping[str, str], which: str = ""
    ) -> DataError:
        hints = (did_you_mean(name, types) for name in names)
        return DataError(
            "a row must have at least one column of the model",
            allowed=", ".join(types),
            received=f"{which}{self._place} with the columns {', '.join(names) or 'none'}",
            action=next(filter(None, hints), "check the path given with --rows"),
        )


_ALLOWED = {
    "delimiter": "one character of ASCII, no quote",
    "encoding": "a name that Python knows, such as utf-8 or cp1252",
}
_ACTIONS = {"delimiter": "leave it out, if it is a comma, semicolon, tab or bar"}


def rows_settings(
    data: DataSettings, place: str | None = None, csv: Mapping[str, str | None] | None = None
) -> DataSettings:
    """Returns where the rows to predict are.

    Args:
        data: the settings of a use case; its own rows are meant if there is no place.
        place: a file, a folder, a pattern, or the URL of a database.
        csv: how CSV files are written, if it is not as the settings say: `delimiter`, `encoding`;
            None is as they say.

    Raises:
        SettingsError: there is no such delimiter or encoding, or the place holds a password.
    """
    said = {name: value for name, value in (csv or {}).items() if value is not None}
    try:
        written = CsvSettings.model_validate({**data.csv.model_dump(), **said})
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise SettingsError(
            f"--{name} says how a CSV file is written",
            allowed=_ALLOWED[name],
            received=repr(said[name]),
            action=_ACTIONS.get(name),
        ) from error
    if place is None:
        return data.model_copy(update={"csv": written})
    refuse_secrets(place)
    query = {} if is_url(place) else {"query": None, "partition_column": None}
    elsewhere = {"path": place, "split": "hash", "csv": written, **query}
    return data.model_copy(update=elsewhere)


def _is_text(reader: Reader) -> bool:
    of_files = reader.reader if isinstance(reader, PartitionReader) else reader
    return isinstance(of_files, CsvReader)


def _locate(data: DataSettings) -> Source:
    if is_big_query(data):
        raise SettingsError(
            "rows of BigQuery are read by a run only",
            allowed="files, or the URL of another database",
            received=data.path,
            action="export the rows to Parquet, and name these files with --rows",
        )
    return locate(data)


def _as_list(value: Any) -> Any:
    return value if value is None or isinstance(value, list) else [value]


def _as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return value


def _read_json(file: Path) -> list[Row]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(file, str(error)) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _unreadable(file, "something else")
    return rows


def _unreadable(file: Path, received: str) -> DataError:
    return DataError(
        "rows are read from a data file, or from a JSON file with a list of objects",
        received=f"{file}: {' '.join(received.split())[:200]}",
        action="check the path given with --rows",
    )
