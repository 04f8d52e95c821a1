"""An index held against the one that was served before it: what moved, and whose neighbours did."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.embeddings.findings import NEAREST, Changed, Finding, named
from model.embeddings.two_samples import energy
from model.serving.vectors.ann import COSINE
from model.serving.vectors.index import VectorIndex
from zeroskew.statistics.vector_moments import VectorMoments, lengths_of, moments_of, shift

ROWS_ASKED = 500
"""Rows whose neighbours are compared."""
SHOWN = 5
_SAMPLE = 1_000
"""Vectors of each index that the energy distance is computed of."""
_BLOCK = 16_384
_SEED = 20_100_425
_ROUNDING = 1e-5
"""By which the same vector differs, as a share of its length, when it is computed again."""
_SIGNIFICANT = 0.01
_FAR_SHIFT = 0.1
"""Standard deviations; less is no reason to look, however surely it is there."""


@dataclasses.dataclass(frozen=True)
class Drift:
    """What is different from the index that was served before.

    Attributes:
        findings: what was measured.
        changed: the rows whose neighbours changed most, if the space is another.
    """

    findings: Sequence[Finding]
    changed: Sequence[Changed] = ()


def compare(
    index: VectorIndex, earlier: VectorIndex, moments: VectorMoments, sample: np.ndarray
) -> Drift:
    """Compares two indexes.

    Vectors of one space are compared themselves; those of two spaces cannot be, but their
    neighbours can.

    Args:
        index: the new one.
        earlier: the one that was served before.
        moments: of the new one's vectors.
        sample: some of its vectors, from all over the table.
    """
    common = _Common(index, earlier)
    counted = Finding(
        "rows in both, new ones, and rows that are gone",
        f"{len(common.now):,}, {index.rows - len(common.now):,} and "
        f"{earlier.rows - len(common.before):,}",
    )
    if index.record.space.fingerprint == earlier.record.space.fingerprint:
        findings = [counted, _moved(common), *_shifted(earlier, moments, sample)]
        return Drift(findings)
    changed = _neighbours(common)
    return Drift([counted, *_overlap(changed)], _most_changed(changed))


class _Common:
    """The rows that two indexes share, by their places in each."""

    def __init__(self, index: VectorIndex, earlier: VectorIndex) -> None:
        self.index, self.earlier = index, earlier
        self.keys = index.keys
        places = _places_in(self.keys, earlier.keys)
        self.now = np.flatnonzero(places >= 0)
        self.before = places[self.now]

    def __len__(self) -> int:
        return len(self.now)

    def nearest(self, index: VectorIndex, places: np.ndarray, asked: np.ndarray) -> list[list[int]]:
        """Returns the nearest of the common rows for some of them, by their numbers among these.

        Args:
            index: in which they are searched.
            places: of the common rows in it.
            asked: numbers of the rows that are asked for.
        """
        among = np.zeros(index.rows, bool)
        among[places] = True
        everything = None if among.all() else among
        vectors = index.vectors_at(places[asked])
        _, found = index.search(vectors, NEAREST + 1, among=everything)
        numbers = np.full(index.rows, -1)
        numbers[places] = np.arange(len(places))
        return [
            [one for one in numbers[row[row >= 0]].tolist() if one != itself][:NEAREST]
            for row, itself in zip(found, asked.tolist(), strict=True)
        ]

    def with_direction(self, asked: np.ndarray) -> np.ndarray:
        """Returns those of some rows, by their numbers, that any other is near or far from."""
        if self.index.record.metric != COSINE:
            return asked
        # All rows are equally near to zeros.
        now = lengths_of(self.index.vectors_at(self.now[asked]))
        before = lengths_of(self.earlier.vectors_at(self.before[asked]))
        found: np.ndarray = asked[(now > 0) & (before > 0)]
        return found

    def name(self, number: int) -> str:
        """Returns the key of a common row."""
        return named(self.keys[int(self.now[number])].as_py())


def _places_in(keys: pa.Array, others: pa.Array) -> np.ndarray:
    """Returns where each key stands among others, int64; -1 where it does not."""
    if keys.type != others.type:
        return np.full(len(keys), -1)
    found = pc.index_in(keys, others, skip_nulls=True).fill_null(-1)
    return found.to_numpy(zero_copy_only=False).astype(np.int64)


def _moved(common: _Common) -> Finding:
    """Counts the rows that have another vector of the same space."""
    changed, names = 0, list[str]()
    for start in range(0, len(common), _BLOCK):
        block = slice(start, start + _BLOCK)
        now = common.index.vectors_at(common.now[block])
        before = common.earlier.vectors_at(common.before[block])
        apart = np.linalg.norm(now - before, axis=1)
        differs = apart > _ROUNDING * np.maximum(np.linalg.norm(before, axis=1), _ROUNDING)
        changed += int(differs.sum())
        for row in np.flatnonzero(differs)[: SHOWN - len(names)]:
            names.append(common.name(start + int(row)))
    measured = f"{changed:,} of {len(common):,}" if changed else "none"
    return Finding("rows in both whose vector is another", measured, names)


def _shifted(earlier: VectorIndex, moments: VectorMoments, sample: np.ndarray) -> Iterator[Finding]:
    """Measures how the distribution of the vectors has moved."""
    if not earlier.rows or not len(sample):
        return
    blocks = (np.arange(one, min(one + _BLOCK, earlier.rows)) for one in _starts(earlier.rows))
    before = moments_of(np.empty((0, earlier.record.space.dimension), np.float32))
    for block in blocks:
        before += moments_of(earlier.vectors_at(block))
    moved = shift(before, moments)
    random = np.random.default_rng(_SEED)
    first = earlier.vectors_at(_draw(random, earlier.rows, _SAMPLE))
    second = sample[_draw(random, len(sample), _SAMPLE)]
    found = energy(first, second, _SEED)
    is_far = moved > _FAR_SHIFT and found.significance <= _SIGNIFICANT
    yield Finding("shift of the mean vector", f"{moved:.3g} standard deviations", striking=is_far)
    yield Finding(
        "energy coefficient, from 0 of equal distributions to 1",
        f"{found.coefficient:.4f}, by {len(first):,} and {len(second):,} rows; a random division "
        f"is as far apart with p = {found.significance:.3f}",
        striking=found.significance <= _SIGNIFICANT,
    )


def _starts(rows: int) -> range:
    return range(0, rows, _BLOCK)


def _draw(random: np.random.Generator, rows: int, count: int) -> np.ndarray:
    """Returns some of so many places, ascending."""
    return np.sort(random.choice(rows, min(rows, count), replace=False))


def _neighbours(common: _Common) -> list[Changed]:
    """Returns for a sample of the rows what is near them, before and now."""
    if len(common) < 2:
        return []
    asked = common.with_direction(_draw(np.random.default_rng(_SEED), len(common), ROWS_ASKED))
    if not len(asked):
        return []
    before = common.nearest(common.earlier, common.before, asked)
    now = common.nearest(common.index, common.now, asked)
    return [
        Changed(
            common.name(number),
            len(set(old) & set(new)),
            list(map(common.name, old)),
            list(map(common.name, new)),
        )
        for number, old, new in zip(asked.tolist(), before, now, strict=True)
    ]


def _overlap(changed: Sequence[Changed]) -> Iterator[Finding]:
    if changed:
        shares = [one.shared / max(1, len(one.before), len(one.now)) for one in changed]
        yield Finding(
            f"overlap@{NEAREST}: share of the nearest rows in both that are the same as before",
            f"{np.mean(shares):.3f}, by {len(changed):,} rows; the space is another",
        )


def _most_changed(changed: Sequence[Changed]) -> list[Changed]:
    different = [one for one in changed if set(one.before) != set(one.now)]
    return sorted(different, key=lambda one: one.shared)[:SHOWN]
