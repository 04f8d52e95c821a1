import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vector_tables import draw

from model.embeddings.recall import exact_scores, recall


@given(
    rows=st.integers(0, 30),
    size=st.integers(1, 9),
    count=st.integers(1, 12),
    metric=st.sampled_from(["cosine", "euclidean"]),
)
def test_exact_scores_are_those_of_the_nearest_whatever_the_batches(rows, size, count, metric):
    vectors, queries = draw(rows) if rows else np.empty((0, 8), np.float32), draw(3, seed=2)
    batches = [vectors[start : start + size] for start in range(0, rows, size)]
    products = queries @ vectors.T
    if metric == "cosine":
        want = -np.sort(-products, axis=1)[:, :count]
    else:
        squares = ((queries[:, None] - vectors[None]) ** 2).sum(axis=2)
        want = np.sqrt(np.sort(squares, axis=1)[:, :count])
    np.testing.assert_allclose(exact_scores(batches, queries, count, metric), want, atol=1e-3)


@pytest.mark.parametrize(
    ("metric", "found", "exact", "share"),
    [
        ("cosine", [[0.9, 0.8]], [[0.9, 0.8]], 1.0),
        ("cosine", [[0.9, 0.7]], [[0.9, 0.8]], 0.5),
        ("cosine", [[0.8, 0.8]], [[0.9, 0.8]], 1.0),
        ("cosine", [[0.9, np.nan]], [[0.9, 0.8]], 0.5),
        ("euclidean", [[0.1, 0.2]], [[0.1, 0.2]], 1.0),
        ("euclidean", [[0.1, 0.3]], [[0.1, 0.2]], 0.5),
        ("cosine", [[0.9, 0.8, np.nan]], [[0.9, 0.8]], 1.0),
        ("cosine", np.empty((0, 3)), np.empty((0, 3)), 1.0),
    ],
)
def test_recall_is_the_share_of_what_is_as_near_as_the_nearest(metric, found, exact, share):
    assert recall(np.array(found), np.array(exact), metric) == share
