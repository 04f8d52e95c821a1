"""Whether two samples of vectors come from one distribution.

The energy distance takes no setting, needs no model, and is 0 only for equal distributions,
whatever their dimension. Source: Székely and Rizzo, "Energy statistics: A class of statistics based
on distances", Journal of Statistical Planning and Inference 143 (2013). Its significance is that of
a permutation test, which supposes nothing of the distribution.
"""

import dataclasses

import numpy as np

PERMUTATIONS = 199


@dataclasses.dataclass(frozen=True)
class Energy:
    """How far two samples are from each other.

    Attributes:
        coefficient: of inhomogeneity: the energy distance as a share of twice the mean distance
            between the samples; from 0, of equal ones, to 1.
        significance: the share of random divisions of all vectors that are as far apart; a small
            one says that the distributions differ.
    """

    coefficient: float
    significance: float


def energy(first: np.ndarray, second: np.ndarray, seed: int = 0) -> Energy:
    """Compares two samples.

    Args:
        first: float32 of shape [rows, dimension].
        second: the same; both have a row at least.
        seed: of the permutations.
    """
    distances = _distances(np.concatenate([first, second]).astype(np.float64))
    random = np.random.default_rng(seed)
    is_first = np.arange(len(distances)) < len(first)
    divisions = [is_first, *(random.permutation(is_first) for _ in range(PERMUTATIONS))]
    found = _coefficients(distances, np.stack(divisions, axis=1).astype(np.float64))
    # Rounding must not make a difference of equal divisions.
    as_far = int((found[1:] >= found[0] - 1e-12).sum())
    return Energy(float(found[0]), (1 + as_far) / (1 + PERMUTATIONS))


def _distances(vectors: np.ndarray) -> np.ndarray:
    centred = vectors - vectors.mean(axis=0)
    squares = (centred * centred).sum(axis=1)
    products = centred @ centred.T
    found: np.ndarray = np.sqrt(np.maximum(squares[:, None] + squares - 2.0 * products, 0.0))
    np.fill_diagonal(found, 0.0)
    return found


def _coefficients(distances: np.ndarray, firsts: np.ndarray) -> np.ndarray:
    """Returns the coefficient of each division; a column of `firsts` has 1 for the first part."""
    seconds = 1.0 - firsts
    to_firsts = distances @ firsts
    to_seconds = distances @ seconds
    rows, others = firsts[:, 0].sum(), seconds[:, 0].sum()
    between = (seconds * to_firsts).sum(axis=0) / (rows * others)
    within = (firsts * to_firsts).sum(axis=0) / rows**2
    within += (seconds * to_seconds).sum(axis=0) / others**2
    far = np.maximum(2.0 * between - within, 0.0)
    found: np.ndarray = np.divide(far, 2.0 * between, out=np.zeros_like(far), where=between > 0)
    return found
