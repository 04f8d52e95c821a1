"""What is found of vectors, in words that a record and a page can hold."""

import dataclasses
from collections.abc import Sequence
from typing import Any

NEAREST = 10
"""Rows near a row by which searches, and neighbours before and now, are compared."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was measured of vectors.

    Attributes:
        what: in words.
        measured: what was found.
        rows: some of the rows that show it, by their keys.
        striking: whether somebody should look at it.
    """

    what: str
    measured: str
    rows: Sequence[str] = ()
    striking: bool = False


@dataclasses.dataclass(frozen=True)
class Changed:
    """A row whose neighbours are others now.

    Attributes:
        key: of the row.
        shared: how many of its nearest rows are the same before and now.
        before: the keys of its nearest rows, nearest first, in the index that was served before.
        now: the same, in this one.
    """

    key: str
    shared: int
    before: Sequence[str]
    now: Sequence[str]


def named(key: Any) -> str:
    """Returns a key as it is shown."""
    return key.decode(errors="replace") if isinstance(key, bytes) else str(key)
