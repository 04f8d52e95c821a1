"""Where the rows come from: files of one format, or a database, found by one line of settings."""

import dataclasses
import fnmatch
import functools
import hashlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from data_ingestion.database_urls import is_url
from data_ingestion.readers.csv.parse import Dialect
from data_ingestion.readers.csv.reader import CsvReader
from data_ingestion.readers.databases.big_query import is_big_query
from data_ingestion.readers.databases.connections import Database
from data_ingestion.readers.databases.sql import SqlReader
from data_ingestion.readers.folders import Keys, find_files
from data_ingestion.readers.parquet import ParquetReader
from data_ingestion.readers.partitions import PartitionReader
from data_ingestion.readers.rows import Reader, Rows
from data_ingestion.readers.spans import find_spans, has_placeholders, select
from data_ingestion.readers.tf_record import TfRecordReader
from data_ingestion.settings import BUILT_IN, DataSettings
from zeroskew.cell_types import widest
from zeroskew.errors import DataError, SettingsError, StepError, did_you_mean
from zeroskew.schema import required_columns

SPLITS = ("train", "eval")
ALL_ROWS = "all"


@dataclasses.dataclass(frozen=True)
class Source:
    """Rows that can be read.

    Attributes:
        readers: one for all rows, or one for each split that a folder names.
        files: what is read; empty for a database.
        span: the last span that is read; 0 if the data does not come in spans.
        version: its version, if it has one.
    """

    readers: Mapping[str, Reader]
    files: tuple[Path, ...] = ()
    span: int = 0
    version: int | None = None

    def fingerprint(self) -> str | None:
        """Digests names, sizes and times of the files; None for a database, which may change."""
        if not self.files:
            return None
        digest = hashlib.sha256()
        for file in self.files:
            status = file.stat()
            digest.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
        return digest.hexdigest()[:32]

    def column_names(self) -> dict[str, Sequence[str]]:
        """Returns the columns of each file, or of the query."""
        found = [reader.column_names() for reader in self.readers.values()]
        return {name: columns for one in found for name, columns in one.items()}

    def remarks(self) -> list[str]:
        """Returns what a person should know of how the rows are read."""
        return [remark for reader in self.readers.values() for remark in reader.remarks()]

    def types(self) -> dict[str, str]:
        """Returns for each column the type that holds all of its values."""
        return dict(self._types)

    @functools.cached_property
    def _types(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for reader in self.readers.values():
            for name, kind in reader.columns().items():
                found[name] = widest(found[name], kind) if name in found else kind
        return found

    def rows(self, types: Mapping[str, str]) -> Iterator[tuple[str, Rows]]:
        """Reads all rows in this process, with the name of the file or query they come from."""
        for reader in self.readers.values():
            for chunk in reader.chunks():
                for rows in chunk.read(types):
                    yield chunk.source, rows


def locate(data: DataSettings) -> Source:
    """Finds the data that the settings name; of BigQuery, nothing is known before it is asked.

    Raises:
        SettingsError: the settings contradict themselves.
        DataError: there is no such file, or a folder holds none that can be read.
    """
    if is_big_query(data):
        return Source({})
    if is_url(data.path):
        return Source({ALL_ROWS: _database(data)})
    if data.query is not None:
        raise SettingsError(
            "a query is put to a database",
            allowed="data.path with the URL of one, such as postgresql://host/database",
            received=f"data.query with the path {data.path}",
            action="correct data.path, or remove data.query",
        )
    path = str(_built_in()) if data.path == BUILT_IN else data.path
    spans = find_spans(path) if has_placeholders(path) and not Path(path).exists() else []
    chosen = select(spans, data.window, data.span)
    if spans and not chosen:
        raise DataError(
            "the span that is asked for must be there",
            allowed=", ".join(str(span.number) for span in spans),
            received=f"data.span={data.span}",
        )
    paths = [span.path for span in chosen] or [path]
    if data.split == "folders":
        by_split = {
            name: _files([_split_folder(one, name) for one in paths], path, data) for name in SPLITS
        }
    else:
        by_split = {ALL_ROWS: _files(paths, path, data)}
    return Source(
        {name: _reader(files, data) for name, files in by_split.items()},
        tuple(file for files in by_split.values() for file in files),
        chosen[-1].number if chosen else 0,
        chosen[-1].version if chosen else None,
    )


def _files(paths: Sequence[str], root: str, data: DataSettings) -> dict[Path, Keys]:
    """Returns the files that paths, folders and patterns stand for, by name."""
    found: dict[Path, Keys] = {}
    for path in paths:
        found |= find_files(path, root, _is_data)
    if not found:
        (path, *_) = paths
        absent = "no data file in it" if Path(path).is_dir() else "no such file"
        layout = "a folder with train/ and eval/" if data.split == "folders" else "a folder of them"
        raise DataError(
            "the data must exist",
            allowed=f"{BUILT_IN!r} (built in), a file ({_known()}), {layout}, or a pattern",
            received=f"{path} ({absent})",
            action="check the path given with --data or in the settings",
        )
    return found


def _split_folder(path: str, split: str) -> str:
    """Returns the folder of a split: ``train``, or ``split=train``."""
    by_key = f"{path}/split={split}"
    return by_key if Path(by_key).is_dir() else f"{path}/{split}"


def _reader(files: Mapping[Path, Keys], data: DataSettings) -> Reader:
    formats = {_format(file) or "*.csv" for file in files}
    if len({_READERS[one] for one in formats}) > 1:
        raise DataError(
            "all data files must have one format",
            allowed=_known(),
            received=f"{', '.join(sorted(formats))} in {next(iter(files)).parent}",
            action="name one kind with a pattern, such as data/*.parquet",
        )
    reader = _READERS[formats.pop()]([*files], data)
    if not any(files.values()):
        return reader
    return PartitionReader(reader, {str(file): keys for file, keys in files.items()})


def _format(file: Path) -> str | None:
    name = file.name.lower()
    return next((pattern for pattern in _READERS if fnmatch.fnmatchcase(name, pattern)), None)


def _is_data(file: Path) -> bool:
    return _format(file) is not None


def _known() -> str:
    return ", ".join(_READERS)


def _csv(files: Sequence[Path], data: DataSettings) -> Reader:
    dialect = Dialect(data.csv.delimiter or ",", data.csv.null_tokens, data.csv.encoding)
    return CsvReader(tuple(files), dialect, finds_delimiter=data.csv.delimiter is None)


def _parquet(files: Sequence[Path], data: DataSettings) -> Reader:
    del data
    return ParquetReader(tuple(files))


def _tf_record(files: Sequence[Path], data: DataSettings) -> Reader:
    del data
    return TfRecordReader(tuple(files))


_READERS: dict[str, Callable[[Sequence[Path], DataSettings], Reader]] = {
    "*.csv": _csv,
    "*.csv.gz": _csv,
    "*.parquet": _parquet,
    "*.parq": _parquet,
    "*tfrecord*": _tf_record,
}


def _database(data: DataSettings) -> Reader:
    # First, because no message may show a URL with a password in it.
    database = Database(data.path, data.jdbc)
    if data.query is None:
        raise SettingsError(
            "a database is asked with a query",
            allowed="data.query, such as SELECT * FROM trips",
            received=f"data.path={data.path} without a query",
            action="add data.query",
        )
    query = data.query.strip().rstrip(";")
    return SqlReader(database, query, data.partition_column, data.partitions)


def _built_in() -> Path:
    package = importlib.util.find_spec("tfx")
    if package is None or not package.submodule_search_locations:
        raise StepError("the built-in data lies in the tfx package, which is not installed")
    root = Path(next(iter(package.submodule_search_locations)))
    return root / "examples" / "chicago_taxi_pipeline" / "data" / "simple" / "data.csv"


def check_columns(source: Source, schema: Any, needed: Iterable[str]) -> None:
    """Proves that each file, or the query, has the columns that are required.

    Args:
        source: the data.
        schema: a `schema_pb2.Schema`.
        needed: columns that must be there, besides those whose presence the schema requires.

    Raises:
        DataError: a file is empty or no data file, or lacks a column.
    """
    required = required_columns(schema) | set(needed)
    for name, columns in source.column_names().items():
        for column in sorted(required - set(columns)):
            raise DataError(
                f"every data file must have the column {column!r}",
                allowed=", ".join(sorted(required)),
                received=f"{name} with the columns {', '.join(columns)}",
                action=did_you_mean(column, columns) or f"add the column {column!r} to the file",
            )


def refuse_unread(name: str, rows: Rows) -> None:
    """Refuses rows some of which could not be read.

    Args:
        name: the file or query they come from.
        rows: the rows.

    Raises:
        DataError: one could not be read as the schema says.
    """
    for row in rows.rejected[:1]:
        raise DataError(
            "every value must have the type that the schema states",
            allowed="numbers in INT and FLOAT columns, and as many fields as columns",
            received=f"{name}, line {row.line}: {row.reason}",
            action="correct the file, or the column's type in the schema",
        )
