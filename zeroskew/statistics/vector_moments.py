"""Mean, spread and lengths of vectors, in one pass and in bounded memory."""

import dataclasses
import functools

import numpy as np

_DROPPED_BITS = 12
"""Of the 23 of a float32's fraction: a length is known to one part in 2,048."""
FAR = 6.0
"""Robust standard deviations; of a normal distribution, 1 in 500 million is as far."""
EQUAL = 1e-5
"""Vectors whose spread is this share of their length differ by rounding alone."""
_ROBUST = 1.4826
"""Makes a standard deviation of the median deviation, of a normal distribution."""
_LEAST_DEVIATION = 0.005
"""As a share of the median: where most lengths are equal, small differences are not far."""
_CHUNK = 2**20
"""Numbers that are widened to float64 at once."""


@dataclasses.dataclass(frozen=True)
class Lengths:
    """How often vectors have which length, to one part in 2,048.

    The bits of a positive float32 grow with it, so that those of the fraction that are dropped make
    classes of equal relative width; see Masson, Rim and Lee, "DDSketch: A Fast and Fully-Mergeable
    Quantile Sketch with Relative-Error Guarantees" (2019).

    Attributes:
        classes: numbers of the classes that occur, ascending, int64.
        counts: of the vectors in each, int64.
    """

    classes: np.ndarray
    counts: np.ndarray

    def __add__(self, other: "Lengths") -> "Lengths":
        together = np.concatenate([self.classes, other.classes])
        classes, places = np.unique(together, return_inverse=True)
        counts = np.concatenate([self.counts, other.counts])
        return Lengths(classes, np.bincount(places, counts, len(classes)).astype(np.int64))

    @classmethod
    def of(cls, lengths: np.ndarray) -> "Lengths":
        """Counts lengths that are finite."""
        highest = np.finfo(np.float32).max
        bits = np.minimum(lengths, highest).astype(np.float32).view(np.int32) >> _DROPPED_BITS
        return cls(*np.unique(bits.astype(np.int64), return_counts=True))

    @property
    def values(self) -> np.ndarray:
        """The smallest length of each class, float64."""
        bits = (self.classes << _DROPPED_BITS).astype(np.int32)
        return bits.view(np.float32).astype(np.float64)

    def quantile(self, share: float) -> float:
        """Returns the length that a share of the vectors do not exceed; NaN of none."""
        return _quantile(self.values, self.counts, share)

    @property
    def deviation(self) -> float:
        """The median of how far lengths are from their median; NaN of none."""
        return _quantile(np.abs(self.values - self.quantile(0.5)), self.counts, 0.5)

    @property
    def usual(self) -> tuple[float, float]:
        """Between which lengths a vector is not far from the others; NaN of none.

        Source of the robust score: Iglewicz and Hoaglin, "How to Detect and Handle Outliers"
        (1993).
        """
        median = self.quantile(0.5)
        reach = FAR * max(_ROBUST * self.deviation, _LEAST_DEVIATION * median)
        return median - reach, median + reach

    @property
    def far(self) -> int:
        """How many vectors are longer or shorter than is usual."""
        least, most = self.usual
        return int(self.counts[(self.values < least) | (self.values > most)].sum())


def _quantile(values: np.ndarray, counts: np.ndarray, share: float) -> float:
    if not len(values):
        return float("nan")
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(counts[order])
    place = np.searchsorted(reached, share * reached[-1])
    return float(values[order][min(place, len(values) - 1)])


@dataclasses.dataclass(frozen=True)
class VectorMoments:
    """What is added up of vectors; those of two tables are added to those of both.

    Usage::

        moments = moments_of(first) + moments_of(second)
        moments.mean, moments.spread

    Attributes:
        rows: vectors that are finite.
        not_finite: vectors that are not, of which nothing is added up.
        zeros: those of them whose numbers are all 0.
        sums: of each number, float64 of shape [dimension].
        squares: sums of the squares of each number, float64 of shape [dimension].
        directions: sums of the vectors, each given the length 1, float64 of shape [dimension].
        lengths: of the vectors.
    """

    rows: int
    not_finite: int
    zeros: int
    sums: np.ndarray
    squares: np.ndarray
    directions: np.ndarray
    lengths: Lengths

    def __add__(self, other: "VectorMoments") -> "VectorMoments":
        pairs = [(getattr(self, one), getattr(other, one)) for one in _FIELDS]
        return VectorMoments(*(first + second for first, second in pairs))

    @property
    def mean(self) -> np.ndarray:
        """The mean vector, float64 of shape [dimension]."""
        found: np.ndarray = self.sums / max(1, self.rows)
        return found

    @property
    def spread(self) -> float:
        """The standard deviation: root of the mean squared distance to the mean vector."""
        variances = self.squares / max(1, self.rows) - self.mean**2
        return float(np.sqrt(np.maximum(variances, 0.0).sum()))

    @property
    def typical_length(self) -> float:
        """The root of the mean squared length."""
        return float(np.sqrt(self.squares.sum() / max(1, self.rows)))

    @property
    def alike(self) -> float:
        """The mean cosine of the vectors to their mean direction, from 0 to 1; NaN of none.

        It is the mean resultant length; see Mardia and Jupp, "Directional Statistics" (2000).
        """
        others = self.rows - self.zeros
        if not others:
            return float("nan")
        return float(np.linalg.norm(self.directions) / others)


_FIELDS = [field.name for field in dataclasses.fields(VectorMoments)]


def lengths_of(vectors: np.ndarray) -> np.ndarray:
    """Returns the length of each vector, float64 of shape [rows]."""
    found: np.ndarray = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    return found


def moments_of(vectors: np.ndarray) -> VectorMoments:
    """Adds up vectors.

    Args:
        vectors: float32 of shape [rows, dimension].
    """
    rows, dimension = vectors.shape
    step = max(1, _CHUNK // max(1, dimension))
    starts = range(0, max(1, rows), step)
    parts = [_moments(vectors[start : start + step]) for start in starts]
    return functools.reduce(VectorMoments.__add__, parts)


def _moments(vectors: np.ndarray) -> VectorMoments:
    wide = vectors[np.isfinite(vectors).all(axis=1)].astype(np.float64)
    squares = wide * wide
    lengths = np.sqrt(squares.sum(axis=1))
    inverse = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    sums, directions = np.stack([np.ones_like(lengths), inverse]) @ wide
    return VectorMoments(
        rows=len(wide),
        not_finite=len(vectors) - len(wide),
        zeros=int((lengths == 0).sum()),
        sums=sums,
        squares=squares.sum(axis=0),
        directions=directions,
        lengths=Lengths.of(lengths),
    )


def shift(before: VectorMoments, after: VectorMoments) -> float:
    """Returns how far the mean vector has moved, in standard deviations of before.

    Returns:
        Infinity if all vectors were equal, and their mean is another now.
    """
    moved = float(np.linalg.norm(after.mean - before.mean))
    if not moved:
        return 0.0
    return moved / before.spread if before.spread else float("inf")
