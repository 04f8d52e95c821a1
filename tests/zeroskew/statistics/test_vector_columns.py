import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeroskew.statistics.compute import statistics_of
from zeroskew.statistics.vector_columns import VectorColumns, read_summary


def described(*batches: pa.RecordBatch):
    """Returns the statistics of batches, each a part of its own."""
    statistics, vectors = statistics_of(batches), VectorColumns()
    vectors.describe(statistics, [vectors.add({}, batch) for batch in batches])
    return {one.path.step[-1]: read_summary(one) for one in statistics.datasets[0].features}


def batch(vectors: list, name: str = "v") -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({name: pa.array(vectors, pa.list_(pa.float32()))})


def test_planted_faults_are_counted() -> None:
    vectors = np.random.default_rng(1).normal(size=(200, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[10:14] = vectors[2]
    vectors[20] = 0
    vectors[30] *= 50
    rows = [None, *vectors.tolist(), []]
    found = described(batch(rows[:90]), batch(rows[90:]))["v"]
    assert found is not None
    assert (found.rows, found.zeros, found.repeated, found.most, found.far) == (200, 1, 4, 5, 2)
    np.testing.assert_allclose(found.mean, vectors.mean(axis=0), atol=1e-6)
    assert found.median == pytest.approx(1.0, rel=1e-3)


def test_vectors_that_are_not_finite_are_counted_and_missing_ones_are_not() -> None:
    nan, inf = float("nan"), float("inf")
    found = described(batch([[1.0, 2.0], [nan, 1.0], [nan, nan], [inf, 1.0]]))["v"]
    assert found is not None
    assert (found.rows, found.not_finite, found.repeated, found.mean) == (1, 2, 0, (1.0, 2.0))
    others = described(batch([[nan, 1.0]]))["v"]
    assert others is not None
    assert (others.rows, others.not_finite, others.most) == (0, 1, 0)


@pytest.mark.parametrize(
    "parts",
    [
        [[[1.0], [2.0]]],
        [[[1.0, 2.0], [1.0]]],
        [[[1.0, 2.0]], [[1.0, 2.0, 3.0]]],
        [[[1.0, 2.0]], [[1.0, 2.0], [3.0]], [[1.0, 2.0]]],
        [[[], None]],
    ],
)
def test_a_column_whose_rows_differ_in_length_is_none_of_vectors(parts: list) -> None:
    assert described(*map(batch, parts)) == {"v": None}


def test_whole_numbers_and_words_are_no_vectors() -> None:
    rows = pa.RecordBatch.from_pydict({"i": [[1, 2], [3, 4]], "w": [["a", "b"], ["c", "d"]]})
    assert described(rows) == {"i": None, "w": None}


@given(st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), min_size=1, max_size=30))
def test_repeats_are_counted_exactly_however_rows_are_divided(vectors):
    cut = len(vectors) // 2
    parts = [
        batch([list(map(float, one)) for one in some]) for some in (vectors[:cut], vectors[cut:])
    ]
    found = described(*parts)["v"]
    counts = [vectors.count(one) for one in vectors]
    assert found.repeated == len(vectors) - len({tuple(one) for one in vectors})
    assert found.most == max(counts)
    assert found.zeros == vectors.count([0, 0])
