import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vector_tables import FINGERPRINT, draw, make_index

from model.serving.vectors import ann
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.records import IndexRecord
from zeroskew.errors import DataError

ROWS = 400
VECTORS = draw(ROWS)


@pytest.fixture(scope="module", params=["flat", "hnsw", "ivf"])
def index(request, tmp_path_factory: pytest.TempPathFactory) -> VectorIndex:
    return make_index(tmp_path_factory.mktemp(request.param), VECTORS, kind=request.param)


def nearest(vectors: np.ndarray, query: np.ndarray, rows: np.ndarray) -> list[str]:
    order = np.argsort(-(vectors[rows] @ query), kind="stable")
    return [f"k{row}" for row in rows[order]]


def test_the_nearest_come_first_with_their_cosines_and_columns(index: VectorIndex) -> None:
    (found,) = index.neighbours(VECTORS[3:4], 5)
    assert [one.key for one in found] == nearest(VECTORS, VECTORS[3], np.arange(ROWS))[:5]
    assert found[0].key == "k3"
    assert found[0].score == pytest.approx(1.0, abs=1e-5)
    assert found[0].columns == {"genre": "b", "year": 2003}
    assert found[4].score == pytest.approx(
        float(VECTORS[3] @ VECTORS[int(found[4].key[1:])]), abs=1e-5
    )


def test_pages_follow_each_other(index: VectorIndex) -> None:
    (whole,) = index.neighbours(VECTORS[:1], 9)
    pages = [index.neighbours(VECTORS[:1], 3, offset=start)[0] for start in (0, 3, 6)]
    assert [one for page in pages for one in page] == whole


@pytest.mark.parametrize("exact_up_to", [20_000, 10])
def test_a_filter_leaves_the_nearest_of_those_that_count(
    index: VectorIndex, exact_up_to: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ann, "EXACT_UP_TO", exact_up_to)
    rows = np.array([row for row in range(ROWS) if 3 <= row % 10 <= 6 and row % 2 and row % 5])
    for query in VECTORS[:20]:
        (found,) = index.neighbours(
            query[np.newaxis], 5, filter={"genre": "b", "year": {"min": 2003, "max": 2006}}
        )
        assert [one.key for one in found] == nearest(VECTORS, query, rows)[:5]


def test_a_filter_that_few_rows_pass_gives_these(index: VectorIndex) -> None:
    (found,) = index.neighbours(VECTORS[:1], 500, filter={"year": 2005, "genre": ["a", "b"]})
    assert found == []
    (found,) = index.neighbours(VECTORS[:1], 500, filter={"year": 2004, "genre": "a"})
    assert len(found) == 40


def test_more_than_there_are_gives_all(index: VectorIndex) -> None:
    (found,) = index.neighbours(VECTORS[:1], 10 * ROWS)
    assert len({one.key for one in found}) == len(found)
    if index.record.kind == "flat":
        assert len(found) == ROWS


def test_the_vector_of_a_row_is_found_by_its_key(index: VectorIndex) -> None:
    np.testing.assert_allclose(index.vector_of("k17"), VECTORS[17], atol=1e-6)


@pytest.mark.parametrize("count", [1, 8, 9, 50])
def test_the_vectors_of_rows_are_in_the_order_of_the_keys(index: VectorIndex, count: int) -> None:
    rows = [(7 * row) % ROWS for row in range(count)]
    found = index.vectors_of([f"k{row}" for row in rows])
    np.testing.assert_allclose(found, VECTORS[rows], atol=1e-6)


@pytest.mark.parametrize("key", ["k400", 17, True, ["k1"]])
def test_an_unknown_key_among_many_is_named(index: VectorIndex, key: object) -> None:
    with pytest.raises(DataError, match="a key is that of a row in the index") as error:
        index.vectors_of([*(f"k{row}" for row in range(20)), key])
    assert repr(key) in str(error.value)


@pytest.mark.parametrize("key", ["k400", 17, None, ""])
def test_an_unknown_key_is_refused(index: VectorIndex, key: object) -> None:
    with pytest.raises(DataError, match="a key is that of a row in the index") as error:
        index.vector_of(key)
    assert repr(key) in str(error.value)


def test_it_says_what_it_is(index: VectorIndex) -> None:
    record = index.record
    assert (record.space.fingerprint, record.metric) == (FINGERPRINT, "cosine")
    assert (record.table.model_version, record.table.span, record.table.rows) == (7, 3, ROWS)
    assert record.library.startswith("faiss-cpu ")
    parameters = {
        "flat": {},
        "hnsw": {"neighbours": 32, "build_width": 100, "search_width": 64},
        "ivf": {"lists": 80, "probes": 8},
    }
    assert record.parameters == parameters[record.kind]


def test_vectors_that_are_not_normalized_are_compared_by_distance(tmp_path: Path) -> None:
    vectors = draw(60, normalized=False)
    index = make_index(tmp_path, vectors, normalized=False)
    assert index.record.metric == "euclidean"
    (found,) = index.neighbours(vectors[:1], 3)
    distances = np.linalg.norm(vectors - vectors[0], axis=1)
    assert [one.key for one in found] == [f"k{row}" for row in np.argsort(distances)[:3]]
    np.testing.assert_allclose(
        [one.score for one in found], np.sort(distances)[:3], rtol=1e-4, atol=1e-3
    )


@pytest.mark.parametrize("file", ["index.faiss", "entities.parquet"])
@pytest.mark.parametrize("damage", ["changed", "cut off", "gone"])
def test_a_damaged_file_is_refused_before_it_is_read(
    tmp_path: Path, file: str, damage: str
) -> None:
    make_index(tmp_path, draw(30))
    path = tmp_path / "index" / file
    content = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(content[:-1] + (b"?" if damage == "changed" else b""))
    with pytest.raises(DataError) as error:
        VectorIndex(tmp_path / "index")
    assert "the files of an index are those that were written" in str(error.value)
    assert str(path) in str(error.value)


def test_a_folder_without_an_index_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"without index\.json"):
        VectorIndex(tmp_path)


def test_a_record_round_trips(tmp_path: Path) -> None:
    record = make_index(tmp_path, draw(30)).record
    (tmp_path / "index.json").write_text(record.to_json())
    assert IndexRecord.read(tmp_path) == IndexRecord.read(tmp_path / "index")
    assert json.loads(record.to_json())["table"]["space"]["dimension"] == 8


@given(
    rows=st.integers(1, 25), count=st.integers(1, 30), keys=st.sampled_from(["texts", "numbers"])
)
def test_each_row_is_its_own_nearest(tmp_path_factory, rows: int, count: int, keys: str) -> None:
    vectors = np.eye(25, dtype=np.float32)[:rows]
    names = list(range(rows)) if keys == "numbers" else None
    index = make_index(tmp_path_factory.mktemp("own"), vectors, names)
    found = index.neighbours(vectors, count)
    assert [one[0].key for one in found] == (names or [f"k{row}" for row in range(rows)])
    assert {len(one) for one in found} == {min(rows, count)}


def test_rows_are_read_by_their_places_and_searched_among_some(index: VectorIndex) -> None:
    places = np.array([7, 3])
    np.testing.assert_allclose(index.vectors_at(places), VECTORS[places], atol=1e-6)
    assert index.vectors_at(places[:0]).shape == (0, 8)
    among = np.zeros(ROWS, bool)
    among[::7] = True
    _, found = index.search(VECTORS[:1], 5, among=among)
    keys = nearest(VECTORS, VECTORS[0], np.flatnonzero(among))[:5]
    assert [f"k{row}" for row in found[0]] == keys
