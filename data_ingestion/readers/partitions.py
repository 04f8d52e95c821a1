"""Files in folders called ``key=value``: each key is a column of the rows below it."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from data_ingestion.readers.folders import Keys
from data_ingestion.readers.rows import Chunk, Reader, Rows
from data_ingestion.readers.text_evidence import Evidence
from data_ingestion.readers.text_values import ARROW_TYPES, parse_values
from zeroskew.errors import DataError


@dataclasses.dataclass(frozen=True)
class PartitionChunk:
    """A part of a file, with the keys of its folders.

    Attributes:
        chunk: of the file.
        keys: of its folders; they take the place of columns of that name.
        some_column: a column of the file, for where nothing but keys is wanted.
    """

    chunk: Chunk
    keys: Keys
    some_column: str

    @property
    def source(self) -> str:
        """The file."""
        return self.chunk.source

    def read(self, types: Mapping[str, str]) -> Iterator[Rows]:
        """Reads the chunk, and adds the keys that are wanted; see `Chunk`."""
        keys = {name: self._value(name, value, types[name]) for name, value in self._wanted(types)}
        wanted = {name: kind for name, kind in types.items() if name not in keys}
        for rows in self.chunk.read(wanted or {self.some_column: "BYTES"}):
            yield _with_keys(rows, keys, wanted) if keys else rows

    def count(self) -> int | None:
        """Returns the rows of the chunk; see `Chunk`."""
        return self.chunk.count()

    def _wanted(self, types: Mapping[str, str]) -> Keys:
        return tuple((name, value) for name, value in self.keys if name in types)

    def _value(self, name: str, value: str | None, kind: str) -> pa.Scalar:
        texts = pa.array([None if value is None else value.encode()], pa.binary())
        values, faults = parse_values(texts, kind, name)
        for reason in faults.values():
            raise DataError(
                "the name of a folder must hold a value of the type that the schema states",
                allowed=f"{name}=... with {kind}",
                received=f"{self.source}: {reason}",
                action="rename the folder, or correct the column's type in the schema",
            )
        return values[0]


def _with_keys(rows: Rows, keys: Mapping[str, pa.Scalar], wanted: Mapping[str, str]) -> Rows:
    columns = {
        name: column
        for name, column in zip(rows.batch.schema.names, rows.batch.columns, strict=True)
        if name in wanted
    }
    size = rows.batch.num_rows
    columns |= {name: pa.repeat(value, size) for name, value in keys.items()}
    batch = pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])
    # Serialized tf.Examples lack the keys.
    return dataclasses.replace(rows, batch=batch, examples=None)


@dataclasses.dataclass(frozen=True)
class PartitionReader:
    """Files in folders called ``key=value``.

    Attributes:
        reader: of the files.
        keys: of the folders, by file.
    """

    reader: Reader
    keys: Mapping[str, Keys]

    def columns(self) -> dict[str, str]:
        """Returns the types of the files' columns and of the keys; see `Reader`."""
        return {**self.reader.columns(), **self._key_types}

    def column_names(self) -> dict[str, Sequence[str]]:
        """Returns the columns of each file, and the keys of its folders; see `Reader`."""
        return {
            file: [*names, *(name for name, _ in self.keys[file] if name not in names)]
            for file, names in self.reader.column_names().items()
        }

    def remarks(self) -> list[str]:
        """Names the keys; see `Reader`."""
        said = f"read from the names of folders: {', '.join(self._key_types)}"
        return [said, *self.reader.remarks()]

    def chunks(self) -> list[PartitionChunk]:
        """Returns the parts of the files; see `Reader`."""
        names = self.reader.column_names()
        return [
            PartitionChunk(one, self.keys[one.source], names[one.source][0])
            for one in self.reader.chunks()
        ]

    @functools.cached_property
    def _key_types(self) -> dict[str, str]:
        values: dict[str, list[str | None]] = {}
        for keys in self.keys.values():
            for name, value in keys:
                values.setdefault(name, []).append(value)
        return {name: _type(texts) for name, texts in values.items()}


def _type(texts: Sequence[str | None]) -> str:
    evidence = Evidence()
    evidence.add(pa.array(texts, pa.string()))
    kind = str(evidence.type(decimal_comma=False) or "BYTES")
    return kind if kind in ARROW_TYPES else "BYTES"
