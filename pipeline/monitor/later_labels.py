"""Labels that became known after the model was asked, joined to the rows of the log by a key."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from data_ingestion.readers.source import locate
from data_ingestion.settings import CsvSettings, DataSettings
from model.evaluation.live import CLASS, CLASSES, answers_of
from model.feature_engineering.columns import Column
from model.feature_engineering.labels import Answers, Label
from model.rehearsal.arrays import to_arrays
from model.serving.service.request_log.form import ANSWER
from model.serving.service.request_log.hiding import HASHED, hashed
from zeroskew.errors import DataError


@dataclasses.dataclass(frozen=True)
class Joined:
    """The rows of a log whose label is known by now.

    Attributes:
        answers: the model's, to those rows.
        rows: how many rows of the log were looked at.
        matched: how many of them have a row with their key.
    """

    answers: Answers
    rows: int
    matched: int


class LaterLabels:
    """A file with what became true.

    Args:
        file: in any format that data is read from.
        key: the column that names a row here and in the log.
        label: what is computed from the file's columns, and from the log's where the file has none.
        columns: the schema's columns by name.
        csv: how CSV files are written.

    Attributes:
        label: the same.

    Raises:
        DataError: it cannot be read, or a key stands there twice.
    """

    def __init__(
        self,
        file: Path,
        key: str,
        label: Label,
        columns: Mapping[str, Column],
        csv: CsvSettings | None = None,
    ) -> None:
        self._file, self._key, self.label = file, key, label
        self._columns = [columns[name] for name in label.sources]
        source = locate(DataSettings(path=str(file), csv=csv or CsvSettings()))
        names = {name for names in source.column_names().values() for name in names}
        if key not in names:
            raise _no_key(key, f"{file} with {', '.join(sorted(names))}")
        types = {one.name: one.type for one in self._columns if one.name in names}
        types[key] = source.types()[key]
        batches = []
        for name, rows in source.rows(types):
            for row in rows.rejected[:1]:
                raise DataError(
                    "every label must be one that can be read",
                    received=f"{name}, line {row.line}: {row.reason}",
                    action="correct the row",
                )
            batches.append(rows.batch)
        self._table = pa.Table.from_batches(batches).combine_chunks()
        self._places = self._by_key(_as_text(self._table.column(key).to_pylist()))

    def join(self, log: Sequence[pa.Table], salt: bytes) -> Joined:
        """Returns the answers to the rows of a log whose label is known.

        Args:
            log: rows; what the label and the measuring need must be among the columns.
            salt: the secret of a hashed key.

        Raises:
            DataError: the log lacks the key, a column of the label, or the answers.
        """
        table = pa.concat_tables(log).combine_chunks()
        keys, places = self._keys(table, salt)
        found = [places.get(one, -1) if one is not None else -1 for one in keys]
        matched = np.flatnonzero(np.array(found) >= 0)
        mine = table.take(pa.array(matched))
        theirs = pa.array(np.array(found, np.int64)[matched])
        batch = pa.RecordBatch.from_pydict(
            {one.name: self._values(one.name, mine, theirs) for one in self._columns}
        )
        with np.errstate(all="ignore"):
            labels, weights = self.label.plain_labels(to_arrays(batch, self._columns))
        outputs = self._outputs(mine)
        return Joined(
            answers_of(self.label, np.asarray(labels), np.asarray(weights), outputs),
            table.num_rows,
            len(matched),
        )

    def _by_key(self, keys: Sequence[str | None]) -> dict[str, int]:
        places: dict[str, int] = {}
        for place, key in enumerate(keys):
            if key is None:
                continue
            if key in places:
                raise DataError(
                    "each key must have one label",
                    received=f"{self._key} {key} twice in {self._file}",
                    action="keep one of its rows",
                )
            places[key] = place
        return places

    def _keys(self, table: pa.Table, salt: bytes) -> tuple[Sequence[str | None], dict[str, int]]:
        if self._key in table.column_names:
            return _as_text(table.column(self._key).to_pylist()), self._places
        if HASHED + self._key not in table.column_names or not salt:
            what = "a hash of it and no secret" if not salt else "none"
            raise _no_key(self._key, f"a log with {what}")
        by_hash = {str(hashed(one, salt)): place for one, place in self._places.items()}
        return table.column(HASHED + self._key).to_pylist(), by_hash

    def _values(self, name: str, mine: pa.Table, theirs: pa.Array) -> pa.Array:
        if name in self._table.column_names:
            return _one(self._table.column(name)).take(theirs)
        if name not in mine.column_names:
            raise DataError(
                f"the {self.label.owner} is computed from columns of the labels, or of the log",
                allowed=", ".join(self.label.sources),
                received=f"no {name} in {self._file}, nor in the log",
                action=f"add the column {name} to the labels",
            )
        return _as_read(_one(mine.column(name)))

    def _outputs(self, mine: pa.Table) -> dict[str, np.ndarray]:
        wanted = [self.label.SCORE]
        if f"{ANSWER}{self.label.SCORE}" in mine.column_names and pa.types.is_list(
            mine.schema.field(f"{ANSWER}{self.label.SCORE}").type
        ):
            wanted += [CLASS, CLASSES]
        lacking = [one for one in wanted if f"{ANSWER}{one}" not in mine.column_names]
        if lacking:
            raise DataError(
                "a model is measured by its answers",
                received=f"a log without {', '.join(ANSWER + one for one in lacking)}",
                action="log them: take them out of serve.log.leave_out_columns and hash_columns",
            )
        return {one: np.array(mine.column(f"{ANSWER}{one}").to_pylist()) for one in wanted}


def _as_read(values: pa.Array) -> pa.Array:
    """Returns values of the log in the types of readers: text as bytes."""
    if pa.types.is_list(values.type) and pa.types.is_string(values.type.value_type):
        return values.cast(pa.list_(pa.binary()))
    return values.cast(pa.binary()) if pa.types.is_string(values.type) else values


def as_read(table: pa.Table, names: Sequence[str]) -> pa.RecordBatch:
    """Returns some columns of the log as readers give them."""
    return pa.RecordBatch.from_pydict({name: _as_read(_one(table.column(name))) for name in names})


def _one(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        return combined.chunk(0) if combined.num_chunks else pa.array([], combined.type)
    return combined


def _as_text(keys: Sequence[Any]) -> list[str | None]:
    """Returns keys in one form: a whole number is its digits, whichever file it stands in."""
    return [None if one is None else _plain(one) for one in keys]


def _plain(key: Any) -> str:
    if isinstance(key, bytes):
        return key.decode("utf-8", "backslashreplace")
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)


def _no_key(key: str, received: str) -> DataError:
    return DataError(
        "labels and log are joined by a key that both have",
        allowed=f"{key}, as serve.log.key names it for the log",
        received=received,
        action="name the key's column with --key",
    )
