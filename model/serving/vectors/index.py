"""An index as a folder: `index.faiss`, `entities.parquet`, and `index.json`, which says what it is.

The files are held against their digests before they are read.
"""

import dataclasses
import hashlib
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
from zeroskew.lazy import lazy_import

faiss = lazy_import("faiss")
pq = lazy_import("pyarrow.parquet")


def digest_of(file: Path) -> str:
    """Returns the SHA-256 of a file."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while content := stream.read(2**20):
            digest.update(content)
    return digest.hexdigest()


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
        self._index = faiss.read_index(str(folder / INDEX_FILE))
        self._entities = pq.read_table(folder / ENTITIES_FILE)

    @property
    def rows(self) -> int:
        """How many vectors it holds."""
        return int(self._index.ntotal)

    @property
    def keys(self) -> pa.ChunkedArray:
        """The keys of its rows."""
        return self._entities[self.record.table.key]

    def vector_of(self, key: Any) -> np.ndarray:
        """Returns the vector of a row, float32 of shape [dimension].

        Raises:
            DataError: no row has the key.
        """
        try:
            place = pc.index(self.keys, pa.scalar(key, self.keys.type)).as_py()
        except (pa.ArrowException, TypeError):
            place = -1
        if place < 0:
            raise DataError(
                "a key is that of a row in the index",
                allowed=f"one of {self.rows:,} values of {self.record.table.key!r}",
                received=repr(key),
            )
        vector: np.ndarray = self._index.reconstruct(int(place))
        return vector

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

    def _named(self, values: Sequence[float], places: np.ndarray) -> list[Neighbour]:
        some = places[places >= 0]
        rows = self._entities.take(pa.array(some)).to_pylist()
        key = self.record.table.key
        return [
            Neighbour(row.pop(key), float(value), row)
            for row, value in zip(rows, values, strict=False)
        ]
