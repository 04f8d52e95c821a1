"""The indexes that are served, as they come and go in their folder.

An index is for the versions of the model in whose space its vectors lie, and for no other. One that
is damaged is never served, and is tried again only when its folder has changed.
"""

import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

import numpy as np

from model.serving.service.engine.stamps import Stamp, stamp_of
from model.serving.service.refusals import refusal_of
from model.serving.vectors import ann
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.records import INDEX_RECORD, IndexRecord
from model.serving.vectors.space import require_space
from zeroskew.errors import DataError
from zeroskew.versions import list_versions

logger = logging.getLogger(__name__)

Observer = Callable[[int], None]


class Offer(NamedTuple):
    """An index in the folder.

    Attributes:
        number: its version.
        folder: its own.
        fingerprint: of the space of its vectors.
        said: what it says of itself: what says something else is another index.
    """

    number: int
    folder: Path
    fingerprint: str
    said: bytes

    @classmethod
    def read(cls, number: int, folder: Path) -> "Offer":
        """Reads what an index says of itself.

        Raises:
            DataError: it cannot be read.
        """
        try:
            said = (folder / INDEX_RECORD).read_bytes()
            fingerprint = IndexRecord.from_json(said).space.fingerprint
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DataError(
                "an index says what it is",
                received=f"{folder / INDEX_RECORD}, which cannot be read: {error!r}",
                action="copy the index again, or run the pipeline again",
            ) from error
        return cls(number, folder, fingerprint, said)


@dataclasses.dataclass(frozen=True, eq=False)
class ServedIndex:
    """An index in memory, which has answered.

    Attributes:
        offer: it in the folder.
        vectors: what is searched.
    """

    offer: Offer
    vectors: VectorIndex


class Indexes:
    """A folder with numbered indexes.

    Args:
        place: the folder.
        observe: is told of each index that is damaged.

    Raises:
        SettingsError: what searches them is not installed.
    """

    def __init__(self, place: Path, observe: Observer) -> None:
        # Else each index would seem damaged.
        ann.faiss_metric(ann.COSINE)
        self.place = place
        self._observe = observe
        self._offers: list[Offer] = []
        self._failed: dict[int, Stamp] = {}
        # Versions of one space have one index in memory.
        self._loaded: WeakValueDictionary[Offer, ServedIndex] = WeakValueDictionary()

    def look(self) -> None:
        """Takes notice of which indexes are there."""
        numbers = list_versions(str(self.place), INDEX_RECORD)
        folders = {number: self.place / str(number) for number in numbers}
        self._forget_changed(folders)
        self._offers = []
        for number in sorted(folders.keys() - self._failed.keys(), reverse=True):
            # Without its record an index is still being copied.
            if (folders[number] / INDEX_RECORD).exists():
                self._read(number, folders[number])

    def newest(self, fingerprint: str) -> Offer | None:
        """Returns the newest index of a space; None if there is none."""
        found = (one for one in self._offers if one.fingerprint == fingerprint)
        return next(found, None)

    @property
    def spaces(self) -> list[str]:
        """The fingerprints of the spaces that there are indexes of."""
        return sorted({one.fingerprint for one in self._offers})

    def load(self, offer: Offer) -> ServedIndex | None:
        """Loads an index and lets it answer; None if it is damaged, and no longer offered."""
        known = self._loaded.get(offer)
        if known is not None:
            return known
        # From before: what is still being copied may be whole before it has failed.
        stamp = stamp_of(offer.folder)
        try:
            loaded = ServedIndex(offer, _open(offer))
        except Exception as error:
            self._fail(offer.number, stamp, error)
            self._offers.remove(offer)
            return None
        self._loaded[offer] = loaded
        return loaded

    def _read(self, number: int, folder: Path) -> None:
        stamp = stamp_of(folder)
        try:
            self._offers.append(Offer.read(number, folder))
        except DataError as error:
            self._fail(number, stamp, error)

    def _fail(self, number: int, stamp: Stamp, error: Exception) -> None:
        self._failed[number] = stamp
        logger.error("index %d is not served: %s", number, refusal_of(error).message)
        self._observe(number)

    def _forget_changed(self, folders: dict[int, Path]) -> None:
        """Gives indexes that were damaged another chance, where their folder has changed."""
        for number, stamp in [*self._failed.items()]:
            if number not in folders or stamp_of(folders[number]) != stamp:
                del self._failed[number]


def _open(offer: Offer) -> VectorIndex:
    """Opens an index, and searches it once.

    Raises:
        DataError: it is not whole, or does not answer.
    """
    index = VectorIndex(offer.folder)
    space = index.record.space
    require_space(space, offer.fingerprint, "an index that was read before")
    query = np.full((1, space.dimension), space.dimension**-0.5, np.float32)
    (found,) = index.neighbours(query, 1)
    if len(found) != min(1, index.rows) or index.rows != len(index.keys):
        raise DataError(
            "an index finds as many rows as it is asked for, and has a key for each",
            received=f"{len(found)} of {index.rows:,} rows with {len(index.keys):,} keys, in "
            f"{offer.folder}",
            action="run the pipeline again",
        )
    return index
