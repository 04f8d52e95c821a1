"""Of which version the vectors are that a SavedModel takes: `assets.extra/vector_versions.json`."""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from model.feature_engineering.vector_versions import VectorVersion
from zeroskew.files import open_to_write

VECTOR_VERSIONS = "assets.extra/vector_versions.json"


def write_vector_versions(folder: str, versions: Sequence[VectorVersion]) -> None:
    """Writes beside a SavedModel which columns say of which version a vector is.

    Args:
        folder: the SavedModel's.
        versions: of the feature list; nothing is written if there are none.
    """
    if versions:
        content = json.dumps(list(map(dataclasses.asdict, versions)), ensure_ascii=False, indent=2)
        with open_to_write(f"{folder}/{VECTOR_VERSIONS}") as stream:
            stream.write(content.encode())


def read_vector_versions(folder: Path) -> list[VectorVersion]:
    """Reads what `write_vector_versions` wrote; an empty list if it wrote nothing."""
    file = folder / VECTOR_VERSIONS
    return [VectorVersion(**one) for one in json.loads(file.read_bytes())] if file.exists() else []


def version_misfits(batch: Any, versions: Iterable[VectorVersion]) -> dict[int, str]:
    """Returns the rows whose vector is of another version, and what they say of it.

    Args:
        batch: an Arrow record batch of raw columns.
        versions: of the model.
    """
    return {
        row: f"{one.column} says {one.said(batch, row)} of {one.vector}, not {one.version!r}"
        for one in versions
        for row in one.others(batch).tolist()
    }
