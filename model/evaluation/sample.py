"""A fair sample of a table that is read once, batch by batch."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np


class Rows(Protocol):
    """Some rows of a table, in its order."""

    def __len__(self) -> int:
        """Returns how many there are."""

    def take(self, positions: Any) -> Any:
        """Returns the rows at `positions`, an int64 array."""


SomeRows = TypeVar("SomeRows", bound=Rows)


@dataclasses.dataclass(frozen=True)
class Sample(Generic[SomeRows]):
    """Rows that stand for a whole table.

    Attributes:
        rows: the drawn rows, in the order of the table; None if the table has no batch.
        total: how many rows the table has.
        seed: what the draw follows from, beside the order of the rows.
    """

    rows: SomeRows | None
    total: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Returns how many of how many rows, and how they were chosen, for a report."""
        drawn = 0 if self.rows is None else len(self.rows)
        how = "all rows" if drawn == self.total else f"uniformly over all rows, seed {self.seed}"
        return {"rows": drawn, "of": self.total, "chosen": how}


def draw_rows(
    batches: Iterable[SomeRows], count: int, seed: int, join: Callable[[Sequence[SomeRows]], Any]
) -> Sample[SomeRows]:
    """Draws rows so that each set of `count` rows of the table is equally likely.

    Each row gets a random number, and those with the smallest stay. At most `1.5 * count` rows and
    one batch are held.

    Args:
        batches: the table.
        count: rows to draw, at least one; a table that has no more is taken whole.
        seed: of the random numbers.
        join: makes one of several batches.
    """
    random = np.random.default_rng(seed)
    held: list[SomeRows] = []
    lots: list[np.ndarray] = []
    total, holding, bar = 0, 0, 1.0
    for batch in batches:
        total += len(batch)
        drawn = random.random(len(batch))
        kept = np.flatnonzero(drawn < bar)
        held.append(batch if len(kept) == len(batch) else batch.take(kept))
        lots.append(drawn[kept])
        holding += len(kept)
        if holding > 1.5 * count:
            held, lots = _keep_smallest(held, lots, count, join)
            holding, bar = count, lots[0].max()
    if holding > count:
        held, lots = _keep_smallest(held, lots, count, join)
    return Sample(join(held) if held else None, total, seed)


def _keep_smallest(
    held: Sequence[SomeRows],
    lots: Sequence[np.ndarray],
    count: int,
    join: Callable[[Sequence[SomeRows]], Any],
) -> tuple[list[SomeRows], list[np.ndarray]]:
    drawn = np.concatenate(lots)
    kept = np.sort(np.argpartition(drawn, count - 1)[:count])
    return [join(held).take(kept)], [drawn[kept]]
