"""An index as a folder: `index.faiss`, `entities.parquet`, and `index.json`, which says what it is.

The files are held against their digests before they are read.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.serving.vectors import ann
from model.serving.vectors.filters import Filter, chosen_rows
from model.serving.vectors.records import ENTITIES_FILE, INDEX_FILE, IndexRecord
from zeroskew.errors import DataError
from zeroskew.files import digest_of
from zeroskew.lazy import lazy_import

pq = lazy_import("pyarrow.parquet")

_KEYS_LOOKED_FOR = 8
"""Keys up to which a look through all rows for each costs less than a table of them."""
_SHOWN = 100


@dataclasses.dataclass(frozen=True)
class Neighbour:
    """A row that was found.

    Attributes:
        key: its key.
        score: the cosine, or the distance, to what was asked.
        columns: the others of its columns that stand beside the vectors.
    """

    key: Any
    score: float
    columns: Mapping[str, Any]


class VectorIndex:
    """An index that can be searched.

    Usage::

        index = VectorIndex(Path("runs/reviews/index/1764000000"))
        (found,) = index.neighbours(vectors, 10, filter={"genre": "drama"})

    Args:
        folder: as `write_index` has written it.

    Raises:
        DataError: there is none, or a file is not the one that was written.
    """

    def __init__(self, folder: Path) -> None:
        self.record = IndexRecord.read(folder)
        for name, digest in self.record.digests.items():
            if not (folder / name).exists() or digest_of(folder / name) != digest:
                raise DataError(
                    "the files of an index are those that were written",
                    allowed=f"{name} with the SHA-256 {digest}",
                    received=f"{folder / name}, changed or cut off",
                    action="copy the index again, or run the pipeline again",
                )
        self._index = ann.read_index(folder / INDEX_FILE)
        entities = pq.read_table(folder / ENTITIES_FILE)
        # In one piece each: to pick rows from many pieces takes longer than to find them.
        self._columns = {name: entities[name].combine_chunks() for name in entities.column_names}
        self._entities = pa.table(self._columns)

    @property
    def rows(self) -> int:
        """How many vectors it holds."""
        return int(self._index.ntotal)

    @property
    def types(self) -> dict[str, pa.DataType]:
        """The types of the key and of the columns that stand beside the vectors, by name."""
        return {name: column.type for name, column in self._columns.items()}

    @property
    def keys(self) -> pa.Array:
        """The keys of its rows."""
        return self._columns[self.record.table.key]

    def vector_of(self, key: Any) -> np.ndarray:
        """Returns the vector of a row, float32 of shape [dimension].

        Raises:
            DataError: no row has the key.
        """
        (vector,) = self.vectors_of([key])
        return vector

    def vectors_of(self, keys: Sequence[Any]) -> np.ndarray:
        """Returns the vectors of rows, float32 of shape [rows, dimension].

        Raises:
            DataError: no row has one of the keys.
        """
        known = [self._scalar(key) for key in keys]
        if len(known) <= _KEYS_LOOKED_FOR:
            places = [pc.index(self.keys, key).as_py() for key in known]
        else:
            values = pa.array([key.as_py() for key in known], self.keys.type)
            places = pc.index_in(values, value_set=self.keys).fill_null(-1).to_pylist()
        if -1 in places:
            raise self._no_row(keys[places.index(-1)])
        return self.vectors_at(np.array(places))

    def _scalar(self, key: Any) -> pa.Scalar:
        try:
            # Arrow takes a yes for 1.
            if isinstance(key, bool) or key is None:
                raise TypeError("no key")
            return pa.scalar(key, self.keys.type)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise self._no_row(key) from error

    def _no_row(self, key: Any) -> DataError:
        return DataError(
            "a key is that of a row in the index",
            allowed=f"one of {self.rows:,} values of {self.record.table.key!r}",
            received=repr(key)[:_SHOWN],
            action="name a row that the index was made of, or search by its columns",
        )

    def vectors_at(self, places: np.ndarray) -> np.ndarray:
        """Returns the vectors of some rows, by their places; float32 of shape [some, dimension]."""
        if not len(places):
            return np.empty((0, self.record.space.dimension), np.float32)
        found: np.ndarray = self._index.reconstruct_batch(places.astype(np.int64))
        return found

    def neighbours(
        self,
        queries: np.ndarray,
        limit: int = 10,
        *,
        offset: int = 0,
        filter: Filter | None = None,
    ) -> list[list[Neighbour]]:
        """Finds the rows whose vectors are nearest.

        Args:
            queries: float32 of shape [queries, dimension], of the index's space.
            limit: how many are wanted for each.
            offset: how many of the nearest are left out, those of earlier pages.
            filter: what the rows must have.

        Raises:
            DataError: the filter names an unknown column.
        """
        values, places = self.search(queries, offset + limit, filter)
        return [
            self._named(some[offset:], rows[offset:])
            for some, rows in zip(values, places, strict=True)
        ]

    def search(
        self,
        queries: np.ndarray,
        count: int,
        filter: Filter | None = None,
        among: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Finds the same as `neighbours`, as values and places in the index; see `ann.search`.

        Args:
            queries: float32 of shape [queries, dimension].
            count: how many are wanted for each.
            filter: what the rows must have.
            among: instead of a filter, which rows count, bool of shape [rows].
        """
        chosen = chosen_rows(self._entities, filter) if filter else among
        asked = np.ascontiguousarray(queries, np.float32)
        return ann.search(self._index, asked, min(count, max(1, self.rows)), chosen)

    def _named(self, values: np.ndarray, places: np.ndarray) -> list[Neighbour]:
        key = self.record.table.key
        # Cell by cell: Arrow's `take` makes ready for more rows than a search finds.
        rows = [
            {name: column[place].as_py() for name, column in self._columns.items()}
            for place in places.tolist()
            if place >= 0
        ]
        return [
            Neighbour(row.pop(key), value, row)
            for row, value in zip(rows, values.tolist(), strict=False)
        ]
