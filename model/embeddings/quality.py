"""How good vectors are in themselves: repeated ones, collapsed ones, and those of odd length.

A table is read batch by batch: for what is added up and, if that tells of rows to be named, again
for these.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.embeddings.embedder import VECTOR
from model.embeddings.findings import Finding, named
from model.embeddings.vector_table import read_batches, to_matrix
from model.serving.vectors.records import VectorTable
from zeroskew.lazy import lazy_import
from zeroskew.statistics.vector_digests import digests_of
from zeroskew.statistics.vector_moments import EQUAL, FAR, VectorMoments, lengths_of, moments_of

value_counts = lazy_import("zeroskew.statistics.value_counts")

SAMPLE = 8_192
"""Vectors, from all over the table, that the effective rank is computed of."""
SHOWN = 5
"""Groups, and rows, that are named."""
_KEYS_OF_A_GROUP = 3
_REPEATED_SHARE = 0.01
_LEAST_RANK = 2.0
_MOST_ALIKE = 0.99


@dataclasses.dataclass(frozen=True)
class Quality:
    """What was found of a table of vectors.

    Attributes:
        moments: of all vectors.
        sample: some of them, from all over the table, float32 of shape [some, dimension].
        findings: what was measured.
    """

    moments: VectorMoments
    sample: np.ndarray
    findings: Sequence[Finding]

    @property
    def all_equal(self) -> bool:
        """Whether the vectors differ by rounding at most, though there are several."""
        found = self.moments
        return found.rows > 1 and found.spread <= EQUAL * found.typical_length


def quality_of(folder: str) -> Quality:
    """Looks at all vectors of a table.

    Args:
        folder: of the table.
    """
    table = VectorTable.read(folder)
    step = max(1, -(-table.rows // SAMPLE))
    moments = moments_of(np.empty((0, table.space.dimension), np.float32))
    digests = value_counts.ValueCounts()
    sample, first = [np.empty((0, table.space.dimension), np.float32)], 0
    for _, vectors in _rows(folder, table.key):
        moments += moments_of(vectors)
        digests.add(VECTOR, digests_of(vectors))
        sample.append(vectors[(-first) % step :: step])
        first += len(vectors)
    different, groups = digests.most_frequent(VECTOR, SHOWN) if first else (0, [])
    bounds = None if table.space.normalized else moments.lengths.usual
    repeated = [value for value, count in groups if count > 1]
    shown = _Shown(repeated, bounds)
    if repeated or moments.zeros or bounds is not None:
        for keys, vectors in _rows(folder, table.key):
            shown.look(keys, vectors)
    chosen = _finite(np.concatenate(sample))
    findings = [
        _repeated(first, different, dict(groups), shown),
        _zeros(moments, shown),
        *_rank(chosen, table.space.dimension),
        _alike(moments),
        *_far_lengths(moments, bounds, shown),
    ]
    return Quality(moments, chosen, findings)


def effective_rank(vectors: np.ndarray) -> float:
    """Returns over how many dimensions the spread of vectors is divided.

    It is the exponential of the entropy of the covariance's eigenvalues, each as a share of their
    sum; see Roy and Vetterli, "The effective rank: a measure of effective dimensionality" (2007).

    Args:
        vectors: float32 of shape [rows, dimension].

    Returns:
        From 1, where all lie on one line, to the dimension; 0 where all are equal.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    rows, dimension = centred.shape
    products = centred @ centred.T if rows < dimension else centred.T @ centred
    values = np.maximum(np.linalg.eigvalsh(products), 0.0)
    length = float(np.square(vectors, dtype=np.float64).sum())
    if values.sum() <= EQUAL**2 * length:
        return 0.0
    shares = values[values > 0] / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


class _Shown:
    """Finds the rows that are named; of each kind the first ones."""

    def __init__(self, digests: Sequence[bytes], bounds: tuple[float, float] | None) -> None:
        self._digests = pa.array(digests, pa.binary())
        self._bounds = bounds
        self.of_groups: dict[bytes, list[str]] = {one: [] for one in digests}
        self.of_zeros: list[str] = []
        self.of_lengths: list[str] = []
        self.far = 0

    def look(self, keys: pa.Array, vectors: np.ndarray) -> None:
        """Looks at the vectors of a batch."""
        if len(self._digests):
            digests = digests_of(vectors)
            for row in _places(pc.is_in(digests, self._digests)):
                group = self.of_groups[digests[row].as_py()]
                if len(group) < _KEYS_OF_A_GROUP:
                    group.append(named(keys[row].as_py()))
        lengths = lengths_of(vectors)
        self._name(self.of_zeros, keys, lengths == 0)
        if self._bounds is not None:
            least, most = self._bounds
            far = (lengths < least) | (lengths > most)
            far &= np.isfinite(lengths)
            self.far += int(far.sum())
            self._name(self.of_lengths, keys, far)

    def _name(self, names: list[str], keys: pa.Array, chosen: np.ndarray) -> None:
        for row in np.flatnonzero(chosen)[: SHOWN - len(names)]:
            names.append(named(keys[row].as_py()))


def _places(chosen: Any) -> np.ndarray:
    return np.flatnonzero(chosen.to_numpy(zero_copy_only=False))


def _rows(folder: str, key: str) -> Iterator[tuple[pa.Array, np.ndarray]]:
    for batch in read_batches(folder, [key, VECTOR]):
        if batch.num_rows:
            yield batch.column(batch.schema.get_field_index(key)), to_matrix(batch[VECTOR])


def _finite(vectors: np.ndarray) -> np.ndarray:
    found: np.ndarray = vectors[np.isfinite(vectors).all(axis=1)]
    return found


def _repeated(rows: int, different: int, groups: dict[bytes, int], shown: _Shown) -> Finding:
    again = rows - different
    return Finding(
        "rows that repeat the vector of another row",
        f"{again:,} of {rows:,}" if again else "none",
        [f"{groups[one]:,} rows: {', '.join(keys)}" for one, keys in shown.of_groups.items()],
        again > _REPEATED_SHARE * rows,
    )


def _zeros(moments: VectorMoments, shown: _Shown) -> Finding:
    zeros = moments.zeros
    measured = f"{zeros:,} of {moments.rows:,}" if zeros else "none"
    return Finding("vectors of zeros alone", measured, shown.of_zeros, zeros > 0)


def _rank(sample: np.ndarray, dimension: int) -> Iterator[Finding]:
    if len(sample) > 2:
        rank = effective_rank(sample)
        yield Finding(
            "dimensions that the vectors use (effective rank)",
            f"{rank:.1f} of {dimension}, by {len(sample):,} rows",
            striking=rank < _LEAST_RANK < dimension,
        )


def _alike(moments: VectorMoments) -> Finding:
    return Finding(
        "mean cosine of the vectors to their mean direction",
        "none has one" if np.isnan(moments.alike) else f"{moments.alike:.3f}",
        striking=moments.alike > _MOST_ALIKE,
    )


def _far_lengths(
    moments: VectorMoments, bounds: tuple[float, float] | None, shown: _Shown
) -> Iterator[Finding]:
    if bounds is not None:
        median = moments.lengths.quantile(0.5)
        yield Finding(
            f"vectors whose length is more than {FAR:g} robust standard deviations from the median",
            f"{shown.far:,} of {moments.rows:,}; the median is {median:.4g}, and "
            f"{max(bounds[0], 0.0):.4g} to {bounds[1]:.4g} is not far",
            shown.of_lengths,
            shown.far > 0,
        )
