from pathlib import Path

import numpy as np
import pytest
from vector_tables import draw, make_index, write_table

from model.embeddings.index_check import IndexFindings, check_index, pick
from model.embeddings.served_before import Earlier
from model.serving.vectors.settings import IndexSettings
from zeroskew.errors import StepError

QUERIES = draw(20, seed=9)


def check(folder: Path, index, **settings):
    return check_index(index, str(folder / "table"), QUERIES, IndexSettings(**settings))


def broken(found) -> list[str]:
    return [one.measured for one in found.rules if not one.kept]


def test_a_sound_index_keeps_all_rules(tmp_path: Path) -> None:
    found = check(tmp_path, make_index(tmp_path, draw(300)))
    assert (found.recall, found.queries) == (1.0, 20)
    assert [one.rule for one in found.rules] == [
        "recall@10 is 0.95 or more",
        "each vector is finite",
        "the vectors differ from each other",
        "each row has a value of 'id' of its own",
        "index and table have equally many rows",
        "index and table lie in one space of one model",
    ]
    assert broken(found) == []
    found.stop()


def test_a_search_that_misses_too_many_stops_the_run_with_the_number(tmp_path: Path) -> None:
    index = make_index(tmp_path, draw(400, seed=4), kind="ivf", lists=40, probes=1)
    found = check(tmp_path, index)
    assert 0.1 < found.recall < 0.95
    with pytest.raises(StepError) as error:
        found.stop()
    assert f"recall@10 is {found.recall:.4f}, by 20 rows of the eval split" in str(error.value)
    assert "index.probes" in str(error.value)
    assert broken(check(tmp_path, index, recall=0.05)) == []


def test_keys_that_are_not_unique_stop_the_run(tmp_path: Path) -> None:
    keys = [f"k{row // 2}" for row in range(30)]
    found = check(tmp_path, make_index(tmp_path, draw(30), keys))
    assert broken(found) == ["15 different values in 30 rows"]


def test_a_row_without_a_key_stops_the_run(tmp_path: Path) -> None:
    keys = [None, *(f"k{row}" for row in range(29))]
    found = check(tmp_path, make_index(tmp_path, draw(30), keys))
    assert broken(found) == ["29 different values in 30 rows"]


def test_a_vector_that_is_not_finite_stops_the_run(tmp_path: Path) -> None:
    vectors = draw(30)
    vectors[4, 2] = np.nan
    found = check(tmp_path, make_index(tmp_path, vectors))
    assert "1 of 30 vectors are not finite" in broken(found)


def test_vectors_that_are_all_equal_stop_the_run(tmp_path: Path) -> None:
    found = check(tmp_path, make_index(tmp_path, np.repeat(draw(1), 30, axis=0)))
    assert broken(found) == ["all 30 vectors are equal"]
    with pytest.raises(StepError, match="the vectors differ from each other"):
        found.stop()


def test_what_was_served_before_is_compared_and_all_is_read_again(tmp_path: Path) -> None:
    before = make_index(tmp_path / "before", draw(40))
    index = make_index(tmp_path, draw(40, seed=3))
    write_table(tmp_path / "table", draw(40, seed=3))
    found = check_index(
        index, str(tmp_path / "table"), QUERIES, IndexSettings(), Earlier("17", before)
    )
    assert found.compared_with == "17"
    (moved,) = [one for one in found.findings if "is another" in one.what]
    assert (moved.measured, moved.rows) == ("40 of 40", ["k0", "k1", "k2", "k3", "k4"])
    assert IndexFindings.from_json(found.to_json()).to_json() == found.to_json()


def test_an_earlier_index_that_cannot_be_read_is_named_and_stops_nothing(tmp_path: Path) -> None:
    index = make_index(tmp_path, draw(30))
    earlier = Earlier("17", None, "index.faiss was cut off")
    found = check_index(index, str(tmp_path / "table"), QUERIES, IndexSettings(), earlier)
    assert [one.measured for one in found.striking] == ["index.faiss was cut off"]
    found.stop()


def test_an_index_of_another_table_stops_the_run(tmp_path: Path) -> None:
    index = make_index(tmp_path, draw(30))
    write_table(tmp_path / "table", draw(29), fingerprint="ffffffffffffffff")
    measured = broken(check(tmp_path, index))
    assert "30 and 29 rows" in measured
    assert (
        "fingerprint 00112233aabbccdd of version 7 and fingerprint ffffffffffffffff of version 7"
        in measured
    )


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (4, 4), (7, 7), (50, 9)])
def test_so_many_queries_are_picked_if_there_are(count: int, rows: int) -> None:
    vectors = draw(9)
    picked = pick(iter([vectors[:4], vectors[4:8], vectors[8:]]), count)
    np.testing.assert_array_equal(picked, vectors[:rows])
