from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vector_tables import draw, write_table

from model.embeddings import quality
from model.embeddings.quality import effective_rank, quality_of


def look(folder: Path, vectors: np.ndarray, keys: list | None = None, normalized: bool = True):
    write_table(folder, vectors, keys, normalized=normalized)
    return quality_of(str(folder))


def finding(found, words: str):
    (one,) = [one for one in found.findings if words in one.what]
    return one


def test_sound_vectors_have_nothing_to_look_at(tmp_path: Path) -> None:
    found = look(tmp_path, draw(300))
    assert [one.what for one in found.findings if one.striking] == []
    assert [one.measured for one in found.findings[:2]] == ["none", "none"]
    assert not found.all_equal
    assert found.moments.rows == 300


def test_shared_vectors_are_counted_and_their_rows_named(tmp_path: Path) -> None:
    vectors = draw(60)
    vectors[10:14] = vectors[2]
    vectors[50] = vectors[40]
    repeated = finding(look(tmp_path, vectors), "repeat")
    assert repeated.measured == "5 of 60"
    assert list(repeated.rows) == ["5 rows: k2, k10, k11", "2 rows: k40, k50"]
    assert repeated.striking


def test_zero_and_minus_zero_are_the_same(tmp_path: Path) -> None:
    vectors = draw(30)
    vectors[3], vectors[4] = 0.0, -0.0
    found = look(tmp_path, vectors)
    assert finding(found, "repeat").rows == ["2 rows: k3, k4"]
    zeros = finding(found, "zeros")
    assert (zeros.measured, zeros.rows, zeros.striking) == ("2 of 30", ["k3", "k4"], True)


def test_equal_vectors_are_found_equal_though_rounding_differs(tmp_path: Path) -> None:
    vectors = np.repeat(draw(1), 40, axis=0)
    vectors[::2] *= np.float32(1 + 3e-7)
    found = look(tmp_path, vectors)
    assert found.all_equal
    assert finding(found, "effective rank").measured == "0.0 of 8, by 40 rows"
    assert finding(found, "mean direction").measured == "1.000"
    assert finding(found, "mean direction").striking


def test_vectors_on_one_line_are_collapsed_but_not_equal(tmp_path: Path) -> None:
    line = np.linspace(-1, 1, 50, dtype=np.float32)[:, None] * draw(1)
    found = look(tmp_path, line, normalized=False)
    rank = finding(found, "effective rank")
    assert (rank.measured, rank.striking) == ("1.0 of 8, by 50 rows", True)
    assert not found.all_equal


def test_vectors_of_odd_length_are_named_unless_all_have_length_1(tmp_path: Path) -> None:
    vectors = draw(200) * np.random.default_rng(3).normal(10, 0.5, (200, 1)).astype(np.float32)
    vectors[17] *= 3.0
    vectors[44] *= 0.01
    found = look(tmp_path / "a", vectors, normalized=False)
    far = finding(found, "length")
    assert far.measured.startswith("2 of 200; the median is ")
    assert (far.rows, far.striking) == (["k17", "k44"], True)
    assert len(look(tmp_path / "b", draw(20)).findings) == len(found.findings) - 1


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_tables_of_few_rows_are_no_trouble(tmp_path: Path, rows: int) -> None:
    found = look(tmp_path, draw(3)[:rows], normalized=False)
    assert found.moments.rows == rows
    assert not found.all_equal


@given(
    rows=st.integers(1, 40),
    repeats=st.integers(0, 20),
    batch=st.integers(1, 13),
    seed=st.integers(0, 9),
)
def test_whatever_the_batches_repeats_are_counted_exactly(
    tmp_path_factory, rows, repeats, batch, seed
):
    vectors = np.random.default_rng(seed).normal(size=(rows, 3)).astype(np.float32)
    copies = np.random.default_rng(seed).integers(0, rows, repeats)
    everything = np.concatenate([vectors, vectors[copies]])
    folder = tmp_path_factory.mktemp("table")
    write_table(folder, everything, batch_rows=batch, normalized=False)
    repeated = finding(quality_of(str(folder)), "repeat")
    total = rows + repeats
    assert repeated.measured == (f"{repeats} of {total}" if repeats else "none")


def test_the_sample_is_from_all_over_the_table(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(quality, "SAMPLE", 10)
    vectors = draw(95)
    np.testing.assert_array_equal(look(tmp_path, vectors).sample, vectors[::10])


@given(dimension=st.integers(2, 12), used=st.integers(1, 12), seed=st.integers(0, 20))
def test_the_effective_rank_is_at_most_the_dimensions_that_are_used(dimension, used, seed):
    used = min(used, dimension)
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(random.normal(size=(dimension, dimension)))[0][:used]
    vectors = (random.normal(size=(400, used)) @ axes).astype(np.float32)
    assert 0.9 * used <= effective_rank(vectors) <= used + 1e-3
    assert effective_rank(vectors[:5]) <= 4 + 1e-3
