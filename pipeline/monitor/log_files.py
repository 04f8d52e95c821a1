"""The rows of a request log that one model has answered in a while."""

import collections
import datetime
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from model.serving.service.request_log.form import ASKED_AT, FINGERPRINT, VERSION
from zeroskew.errors import DataError

_NONE = "none"


class LogWindow:
    """A part of a log, read file by file.

    Args:
        folder: of the log.
        fingerprint: of the model; rows of others are counted, and left out.
        since: the first moment, in UTC; None for the beginning.
        until: the moment after the last one; None for the end.

    Attributes:
        rows: how many were read of the model, once all are read.
        others: rows of other models by their fingerprint.
        versions: rows by version of the model.
    """

    def __init__(
        self,
        folder: Path,
        fingerprint: str,
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
    ) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self._since, self._until = since, until
        self.rows = 0
        self.others: collections.Counter[str] = collections.Counter()
        self.versions: collections.Counter[int] = collections.Counter()

    def tables(self) -> Iterator[pa.Table]:
        """Yields the rows of the model, a file at a time.

        Raises:
            DataError: a file cannot be read, or no row is one of the model in this while.
        """
        self.rows = 0
        self.others.clear()
        self.versions.clear()
        for file in self._files():
            table = self._mine(_read(file))
            if table.num_rows:
                self.rows += table.num_rows
                self.versions.update(table.column(VERSION).to_pylist())
                yield table
        if not self.rows:
            raise self._no_rows()

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            raise _no_log(str(self._folder))
        files = sorted(one for one in self._folder.glob("*.parquet") if one.name[0] not in "._")
        if not files:
            raise _no_log(f"no Parquet file in {self._folder}")
        return files

    def _mine(self, table: pa.Table) -> pa.Table:
        asked = table.column(ASKED_AT)
        kept = pc.is_valid(asked)
        if self._since is not None:
            kept = pc.and_(kept, pc.greater_equal(asked, pa.scalar(self._since, asked.type)))
        if self._until is not None:
            kept = pc.and_(kept, pc.less(asked, pa.scalar(self._until, asked.type)))
        found = table.filter(kept)
        made = pc.fill_null(found.column(FINGERPRINT), _NONE)
        mine = pc.equal(made, self._fingerprint)
        self.others.update(made.filter(pc.invert(mine)).to_pylist())
        return found.filter(mine)

    def _no_rows(self) -> DataError:
        if not self.others:
            return DataError(
                "there must be a row in the log between --since and --until",
                received=f"none in {self._folder}",
                action="take a longer while",
            )
        seen = ", ".join(f"{name} in {rows:,} rows" for name, rows in self.others.items())
        return DataError(
            "a log is compared with the model that has answered it",
            allowed=f"{self._fingerprint}, the fingerprint of the model",
            received=seen,
            action="name that model with --model",
        )


def _read(file: Path) -> pa.Table:
    try:
        table = pq.read_table(str(file))
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            "each file of the log must be a whole Parquet file",
            received=f"{file}: {' '.join(str(error).split())}",
            action="move it elsewhere",
        ) from error
    if not {ASKED_AT, FINGERPRINT, VERSION} <= {*table.column_names}:
        raise _no_log(f"{file} without {ASKED_AT}, {FINGERPRINT} and {VERSION}")
    return table


def _no_log(received: str) -> DataError:
    return DataError(
        "the log must be one that 'zeroskew serve' has written",
        allowed="a folder of Parquet files, as serve.log.path names it",
        received=received,
        action="check the path, or serve with --set serve.log.path=FOLDER",
    )
