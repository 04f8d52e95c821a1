"""The index that was served before, wherever indexes are served from."""

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path

from model.serving.vectors.index import VectorIndex
from model.serving.vectors.records import INDEX_RECORD
from zeroskew import buckets
from zeroskew.errors import DataError
from zeroskew.versions import fetch_version, list_versions


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
    version = f"{place}/{known[-1]}"
    if not buckets.is_bucket(place):
        yield _read(str(known[-1]), Path(version))
        return
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder, str(known[-1]))
        fetch_version(version, local)
        yield _read(str(known[-1]), local)


def _read(version: str, folder: Path) -> Earlier:
    # A fault of what was served before is no fault of what is to be served.
    try:
        return Earlier(version, VectorIndex(folder))
    except DataError as error:
        return Earlier(version, None, str(error))
