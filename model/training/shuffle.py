"""All rows of a split in random order, another one in each epoch, whatever order they lie in.

A split that fits into memory is permuted there. A larger one is dealt once, row by row and at
random, into files on this machine's disk, each of which fits; an epoch takes the files in random
order and permutes each. Either way each order of all rows is possible, and none is more likely for
the order in which they came.
"""

import abc
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from model.training.rows import Rows
from zeroskew.errors import DataError

_CHUNK_ROWS = 16_384
_FILES = 256
"""Into which a split is dealt that does not fit into memory; one at a time is read."""


class Split(abc.ABC):
    """The rows of one split, held where they fit.

    Attributes:
        rows: how many there are.
    """

    rows: int

    @abc.abstractmethod
    def shuffled(self, random: np.random.Generator) -> Iterator[Rows]:
        """Yields all rows once, in random order, some at a time."""

    @abc.abstractmethod
    def in_order(self) -> Iterator[Rows]:
        """Yields all rows once, in an order that stays."""


class InMemory(Split):
    """Rows in memory.

    Args:
        parts: the rows, at least one matrix.
    """

    def __init__(self, parts: Sequence[Rows]) -> None:
        self._matrix = np.concatenate(parts)
        self.rows = len(self._matrix)

    def shuffled(self, random: np.random.Generator) -> Iterator[Rows]:
        """Picks rows by a permutation of all of them."""
        order = random.permutation(self.rows)
        for start in range(0, self.rows, _CHUNK_ROWS):
            yield self._matrix[order[start : start + _CHUNK_ROWS]]

    def in_order(self) -> Iterator[Rows]:
        """Yields the rows as they are."""
        for start in range(0, self.rows, _CHUNK_ROWS):
            yield self._matrix[start : start + _CHUNK_ROWS]


class Repeated(Split):
    """The rows of another split, several times in each epoch.

    Args:
        split: the rows.
        times: how often.
    """

    def __init__(self, split: Split, times: int) -> None:
        self._split, self._times = split, times
        self.rows = split.rows * times

    def shuffled(self, random: np.random.Generator) -> Iterator[Rows]:
        """Yields all rows, then all rows again, each time in another order."""
        for _ in range(self._times):
            yield from self._split.shuffled(random)

    def in_order(self) -> Iterator[Rows]:
        """Yields all rows as often, in the same order."""
        for _ in range(self._times):
            yield from self._split.in_order()


class OnDisk(Split):
    """Rows in temporary files, which are removed with this object.

    Args:
        parts: the rows, at least one matrix.
        random: deals them.
    """

    def __init__(self, parts: Iterable[Rows], random: np.random.Generator) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="shuffle-")
        self._files = [Path(self._folder.name, f"{number}.rows") for number in range(_FILES)]
        self._random = random
        self.rows = 0
        for part in parts:
            self.add(part)

    def add(self, part: Rows) -> None:
        """Deals more rows."""
        self._columns = part.shape[1]
        self.rows += len(part)
        self._deal(part, self._random.integers(0, _FILES, len(part)))

    def shuffled(self, random: np.random.Generator) -> Iterator[Rows]:
        """Permutes file after file."""
        for number in random.permutation(len(self._files)):
            matrix = self._read(self._files[number])
            yield from InMemory([matrix]).shuffled(random)

    def in_order(self) -> Iterator[Rows]:
        """Yields file after file."""
        for file in self._files:
            yield from InMemory([self._read(file)]).in_order()

    def _deal(self, part: Rows, numbers: np.ndarray) -> None:
        order = np.argsort(numbers, kind="stable")
        ends = np.cumsum(np.bincount(numbers, minlength=_FILES))
        for file, rows in zip(self._files, np.split(part[order], ends[:-1]), strict=True):
            with file.open("ab") as stream:
                rows.tofile(stream)

    def _read(self, file: Path) -> Rows:
        return np.fromfile(file, np.int32).reshape(-1, self._columns)


class Holder:
    """Takes in a split, some rows at a time: in memory as long as they fit, then on disk.

    Args:
        memory_limit: bytes of rows that may be held in memory.
        random: deals rows into files.
    """

    def __init__(self, memory_limit: int, random: np.random.Generator) -> None:
        self._limit, self._random = memory_limit, random
        self._taken: list[Rows] = []
        self._size = 0
        self._disk: OnDisk | None = None

    def add(self, part: Rows) -> None:
        """Takes in more rows."""
        if self._disk is not None:
            self._disk.add(part)
            return
        self._taken.append(part)
        self._size += part.nbytes
        if self._size > self._limit:
            self._disk = OnDisk(self._taken, self._random)
            self._taken = []

    def split(self) -> Split:
        """Returns all rows that were taken in.

        Raises:
            DataError: there is none.
        """
        if not self._size:
            raise DataError("a split to train or evaluate with has rows", received="none")
        return self._disk or InMemory(self._taken)
