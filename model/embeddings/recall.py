"""How many of the nearest vectors a search finds."""

from collections.abc import Iterable

import numpy as np

from model.serving.vectors import ann
from zeroskew.lazy import lazy_import

faiss = lazy_import("faiss")

_ROUNDING = 1e-5
"""By which the same product differs when it is computed in another order."""


def exact_scores(
    batches: Iterable[np.ndarray], queries: np.ndarray, count: int, metric: str
) -> np.ndarray:
    """Returns the scores of the nearest vectors, compared with each, nearest first.

    Args:
        batches: all vectors, float32 of shape [some, dimension] each.
        queries: float32 of shape [queries, dimension].
        count: how many of the nearest.
        metric: ``"cosine"`` or ``"euclidean"``.

    Returns:
        Cosines or distances, float32 of shape [queries, count], or with fewer columns if there are
        fewer vectors.
    """
    sign = -1.0 if metric == ann.COSINE else 1.0
    nearest = np.empty((len(queries), 0), np.float32)
    for batch in batches:
        if not len(batch):
            continue
        some = min(count, len(batch))
        values, _ = faiss.knn(queries, batch, some, ann.faiss_metric(metric))
        nearest = np.sort(np.hstack([nearest, sign * values]), axis=1)[:, :count]
    values = sign * nearest
    return values if metric == ann.COSINE else np.sqrt(np.maximum(values, 0.0))


def recall(found: np.ndarray, exact: np.ndarray, metric: str) -> float:
    """Returns the share of the nearest that are found.

    Of vectors that are equally near, any will do: what counts is how near the found ones are.

    Args:
        found: scores of what a search found, of shape [queries, count]; NaN where it found nothing.
        exact: scores of the nearest, see `exact_scores`.
        metric: ``"cosine"`` or ``"euclidean"``.
    """
    if not exact.size:
        return 1.0
    last = exact[:, -1:]
    rounding = _ROUNDING * np.maximum(1.0, np.abs(last))
    near = found >= last - rounding if metric == ann.COSINE else found <= last + rounding
    return float(near[:, : exact.shape[1]].mean())
