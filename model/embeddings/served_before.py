"""The index that was served before, wherever indexes are served from."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

from model.serving.vectors.index import VectorIndex
from model.serving.vectors.records import INDEX_RECORD
from zeroskew.errors import DataError
from zeroskew.versions import list_versions, version_at_hand


@dataclasses.dataclass(frozen=True)
class Earlier:
    """The index that was served before.

    Attributes:
        version: its number.
        index: the index; None if it cannot be read.
        problem: why it cannot be.
    """

    version: str
    index: VectorIndex | None
    problem: str = ""


@contextlib.contextmanager
def served_before(place: str) -> Iterator[Earlier | None]:
    """Reads the newest index that is served; None if none is.

    Args:
        place: a folder or a bucket with a numbered folder for each index.
    """
    known = list_versions(place, INDEX_RECORD)
    if not known:
        yield None
        return
    with version_at_hand(f"{place}/{known[-1]}") as folder:
        yield _read(folder.name, folder)


def _read(version: str, folder: Path) -> Earlier:
    # A fault of what was served before is no fault of what is to be served.
    try:
        return Earlier(version, VectorIndex(folder))
    except DataError as error:
        return Earlier(version, None, str(error))
