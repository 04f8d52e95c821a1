import numpy as np

from zeroskew.statistics.vector_digests import digests_of


def test_equal_vectors_have_equal_digests_and_others_do_not() -> None:
    vectors = np.array([[1, 0], [1, -0.0], [0, 1], [1, 1e-30]], np.float32)
    first, second, third, fourth = digests_of(vectors).to_pylist()
    assert first == second
    assert len({first, third, fourth}) == 3
    assert len(first) == 16


def test_no_vectors_have_no_digests() -> None:
    assert len(digests_of(np.empty((0, 4), np.float32))) == 0
