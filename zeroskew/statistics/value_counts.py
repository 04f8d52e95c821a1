"""How often each value of a column occurs: exactly, in bounded memory."""

import tempfile
import threading
from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MEMORY_LIMIT = 64 * 2**20
"""Bytes of values and counts that are kept in memory; what is more goes to temporary files."""

_VALUE, _COUNT = "value", "count"
_TYPE = pa.large_binary()
_SCHEMA = pa.schema([(_VALUE, _TYPE), (_COUNT, pa.int64())])


class ValueCounts:
    """Counts the values of several columns; threads may share it.

    Usage::

        counts = ValueCounts()
        counts.add("company", pa.array([b"Flash Cab", b"Flash Cab", b"City Service"]))
        counts.most_frequent("company", 1)  # (2, [(b"Flash Cab", 2)])

    Args:
        memory_limit: bytes of values and counts that are kept in memory.
    """

    def __init__(self, memory_limit: int = MEMORY_LIMIT) -> None:
        self._memory_limit = memory_limit
        self._tables: dict[Hashable, list[pa.Table]] = {}
        self._bytes = 0
        self._spilled: dict[Hashable, list[Path]] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()

    def columns(self) -> list[Hashable]:
        """Returns the columns that have values."""
        return list(self._tables)

    def memory(self) -> int:
        """Returns the bytes of values and counts that are in memory."""
        return self._bytes

    def add(self, column: Hashable, values: pa.Array) -> None:
        """Adds values of any type of text or bytes; none of them is null."""
        if not len(values):
            return
        counted = values.value_counts()
        arrays = [counted.field("values").cast(_TYPE), counted.field("counts")]
        table = pa.table(arrays, _SCHEMA)
        with self._lock:
            self._tables.setdefault(column, []).append(table)
            self._bytes += table.nbytes
            if self._bytes > self._memory_limit:
                self._shrink()

    def most_frequent(self, column: Hashable, most: int) -> tuple[int, list[tuple[bytes, int]]]:
        """Returns the number of distinct values, and the most frequent of them with their counts.

        The greatest count comes first, and of the same count the greatest value.
        """
        if column in self._spilled:
            self._spill(column)
            return _most_frequent_on_disk(self._spilled[column], most)
        table = _merge(self._tables[column])
        order = [(_COUNT, "descending"), (_VALUE, "descending")]
        top = table.take(pc.select_k_unstable(table, most, order))
        pairs = zip(top[_VALUE].to_pylist(), top[_COUNT].to_pylist(), strict=True)
        return len(table), list(pairs)

    def _shrink(self) -> None:
        for column, tables in self._tables.items():
            self._tables[column] = [_merge(tables)]
        sizes = {column: tables[0].nbytes for column, tables in self._tables.items()}
        self._bytes = sum(sizes.values())
        by_size = sorted(sizes, key=lambda column: sizes[column])
        while self._bytes > self._memory_limit // 2:
            self._spill(by_size.pop())

    def _spill(self, column: Hashable) -> None:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="value-counts-")
        files = self._spilled.setdefault(column, [])
        number = sum(map(len, self._spilled.values()))
        files.append(Path(self._folder.name, f"{number}.parquet"))
        pq.write_table(_merge(self._tables[column]), files[-1], use_dictionary=False)
        self._bytes -= sum(table.nbytes for table in self._tables[column])
        self._tables[column] = []


def _merge(tables: list[pa.Table]) -> pa.Table:
    """Adds up the counts of each value; many times faster than Arrow's own grouping of bytes."""
    whole = pa.concat_tables([_SCHEMA.empty_table(), *tables]).combine_chunks()
    coded = pa.concat_arrays([*whole[_VALUE].chunks, pa.array([], _TYPE)]).dictionary_encode()
    places = coded.indices.to_numpy()
    sums = np.bincount(places, whole[_COUNT].to_numpy(), len(coded.dictionary))
    return pa.table([coded.dictionary, pa.array(sums.astype(np.int64))], _SCHEMA)


def _most_frequent_on_disk(files: list[Path], most: int) -> tuple[int, list[tuple[bytes, int]]]:
    import duckdb

    folder = files[0].parent
    with duckdb.connect(config={"memory_limit": "512MB", "temp_directory": str(folder)}) as db:
        db.execute(
            "CREATE TABLE counted AS SELECT value, sum(count)::BIGINT AS count"
            " FROM read_parquet($files) GROUP BY value",
            {"files": [str(file) for file in files]},
        )
        (distinct,) = db.execute("SELECT count(*) FROM counted").fetchall()[0]
        top = db.execute(
            "SELECT value, count FROM counted ORDER BY count DESC, value DESC LIMIT $most",
            {"most": most},
        ).fetchall()
    return distinct, top
