"""Which rows teach a network, and which end its training."""

from collections.abc import Sequence

import numpy as np

from model.training.rows import Layout, Part, read_parts
from model.training.shuffle import Holder, InMemory, Split


def deal(
    files: Sequence[str], layout: Layout, parts: Sequence[Part], memory: int, seed: int
) -> list[Split]:
    """Reads the rows of each part.

    Args:
        files: of transformed examples.
        layout: of a row.
        parts: of the rows, by their keys.
        memory: bytes that a part may take in memory.
        seed: of the order on disk.

    Raises:
        DataError: a part has no row with a label.
    """
    holders = [Holder(memory, np.random.default_rng(seed)) for _ in parts]
    for some in read_parts(files, layout, parts):
        for holder, rows in zip(holders, some, strict=True):
            holder.add(rows)
    return [holder.split() for holder in holders]


def folds(splits: Sequence[Split], members: int, layout: Layout) -> list[tuple[Split, Split]]:
    """Deals all rows anew: each network of several has another part of them to end its training.

    Args:
        splits: that together hold all rows, in memory.
        members: how many networks there are.
        layout: of a row.

    Returns:
        For each network, the rows that teach it and those that do not.
    """
    everything = np.concatenate([rows for split in splits for rows in split.in_order()])
    labels = everything[:, layout.width - 1]
    # Rows with the same label are dealt in turn, so that each part has some of each.
    order = np.lexsort((np.random.default_rng(members).permutation(len(labels)), labels))
    member = np.empty(len(labels), np.int64)
    member[order] = np.arange(len(labels)) % members
    return [
        (InMemory([everything[member != one]]), InMemory([everything[member == one]]))
        for one in range(members)
        if (member == one).any()
    ]
