from pathlib import Path

import numpy as np
import pytest
from vector_tables import draw, write_table

from model.embeddings.earlier_index import compare
from model.embeddings.index_building import write_index
from model.embeddings.quality import quality_of
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.settings import IndexSettings

OTHER = "ffffffffffffffff"


def build(folder: Path, vectors: np.ndarray, keys: list | None = None, **table) -> VectorIndex:
    write_table(folder / "table", vectors, keys, **table)
    write_index(str(folder / "table"), str(folder / "index"), IndexSettings())
    return VectorIndex(folder / "index")


def against(tmp_path: Path, now: VectorIndex, before: VectorIndex):
    quality = quality_of(str(tmp_path / "now" / "table"))
    return compare(now, before, quality.moments, quality.sample)


def measured(found, words: str) -> str:
    (one,) = [one.measured for one in found.findings if words in one.what]
    return one


def test_rows_of_one_space_are_compared_by_their_keys(tmp_path: Path) -> None:
    vectors = draw(100)
    before = build(tmp_path / "before", vectors)
    changed = vectors.copy()
    changed[[5, 40]] = draw(2, seed=8)
    order = np.random.default_rng(1).permutation(100)[:90]
    order = order[np.isin(order, [5, 40], invert=True)]
    order = np.concatenate([order[:80], [40, 5]])
    keys = [*(f"k{row}" for row in order), "new"]
    now = build(tmp_path / "now", np.concatenate([changed[order], draw(1, seed=9)]), keys)
    found = against(tmp_path, now, before)
    assert measured(found, "rows in both, new") == "82, 1 and 18"
    (moved,) = [one for one in found.findings if "is another" in one.what]
    assert (moved.measured, list(moved.rows)) == ("2 of 82", ["k40", "k5"])
    assert not any(one.striking for one in found.findings)
    assert list(found.changed) == []


def test_the_same_table_has_not_drifted(tmp_path: Path) -> None:
    vectors = draw(100)
    found = against(tmp_path, build(tmp_path / "now", vectors), build(tmp_path / "before", vectors))
    assert measured(found, "is another") == "none"
    assert measured(found, "shift").startswith("0 standard")
    assert not any(one.striking for one in found.findings)


def test_a_distribution_that_moved_is_struck_with_its_numbers(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    first, second = random.normal(size=(2, 400, 4)).astype(np.float32)
    keys = [f"n{row}" for row in range(400)]
    before = build(tmp_path / "before", first, normalized=False)
    now = build(tmp_path / "now", second + np.float32(0.5), keys, normalized=False)
    found = against(tmp_path, now, before)
    striking = {one.what.split(",")[0]: one.measured for one in found.findings if one.striking}
    assert set(striking) == {"shift of the mean vector", "energy coefficient"}
    # 0.5 in each of four dimensions, of a spread of 2.
    assert float(striking["shift of the mean vector"].split()[0]) == pytest.approx(0.5, abs=0.05)
    assert "p = 0.005" in striking["energy coefficient"]


def test_of_another_space_the_neighbours_are_compared(tmp_path: Path) -> None:
    vectors = draw(300)
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(8, 8)))[0].astype(np.float32)
    before = build(tmp_path / "before", vectors)
    now_vectors = vectors @ turned
    now_vectors /= np.linalg.norm(now_vectors, axis=1, keepdims=True)
    far = int(np.argmin(vectors @ vectors[7]))
    now_vectors[7] = now_vectors[far]
    now = build(tmp_path / "now", now_vectors, fingerprint=OTHER)
    found = against(tmp_path, now, before)
    assert float(measured(found, "overlap@10").split(",")[0]) > 0.95
    assert "by 300 rows" in measured(found, "overlap@10")
    assert found.changed[0].key == "k7"
    assert found.changed[0].shared == 0
    nearest = np.argsort(-vectors @ vectors[7])[1:11]
    assert found.changed[0].before == [f"k{row}" for row in nearest]
    assert found.changed[0].now[0] == f"k{far}"


def test_rows_that_only_one_index_has_do_not_count_as_changed_neighbours(tmp_path: Path) -> None:
    vectors = draw(120)
    before = build(tmp_path / "before", vectors)
    keys = [f"k{row}" for row in range(60, 120)] + [f"n{row}" for row in range(60)]
    mixed = np.concatenate([vectors[60:], vectors[60:]])
    now = build(tmp_path / "now", mixed, keys, fingerprint=OTHER)
    found = against(tmp_path, now, before)
    assert measured(found, "overlap@10") == "1.000, by 60 rows; the space is another"
    assert found.changed == []


def test_keys_of_another_type_are_other_keys(tmp_path: Path) -> None:
    before = build(tmp_path / "before", draw(20), list(range(20)))
    now = build(tmp_path / "now", draw(20), fingerprint=OTHER)
    found = against(tmp_path, now, before)
    assert [one.measured for one in found.findings] == ["0, 20 and 20"]


@pytest.mark.parametrize("fingerprint", [OTHER, "00112233aabbccdd"])
@pytest.mark.parametrize("rows", [0, 1])
def test_indexes_without_rows_are_no_trouble(tmp_path: Path, rows: int, fingerprint: str) -> None:
    now = build(tmp_path / "now", draw(3)[:rows])
    found = against(tmp_path, now, build(tmp_path / "before", draw(1)[:0]))
    assert measured(found, "rows in both, new") == f"0, {rows} and 0"
    other = build(tmp_path / "third", draw(5), fingerprint=fingerprint)
    assert against(tmp_path, now, other).findings


def test_rows_of_zeros_have_no_neighbours_that_could_change(tmp_path: Path) -> None:
    vectors = draw(60)
    vectors[20:30] = 0.0
    before = build(tmp_path / "before", vectors)
    now = build(tmp_path / "now", vectors[::-1], [f"k{row}" for row in range(60)][::-1])
    other = build(tmp_path / "other", vectors, fingerprint=OTHER)
    assert "by 50 rows" in measured(against(tmp_path, now, other), "overlap@10")
    assert measured(against(tmp_path, now, before), "is another") == "none"
    empty = build(tmp_path / "empty", np.zeros((5, 8), np.float32), fingerprint=OTHER)
    assert len(against(tmp_path, now, empty).findings) == 1
