from pathlib import Path

from vector_tables import draw, make_index

from model.embeddings.served_before import served_before
from model.serving.vectors.records import INDEX_RECORD
from zeroskew.versions import add_version


def test_the_newest_index_is_read(tmp_path: Path) -> None:
    place = str(tmp_path / "served")
    for rows in (20, 30):
        make_index(tmp_path / str(rows), draw(rows))
        version = add_version(tmp_path / str(rows) / "index", place, INDEX_RECORD)
    with served_before(place) as found:
        assert found is not None
        assert found.index is not None
        assert (found.version, found.index.rows) == (Path(version).name, 30)


def test_where_nothing_is_served_there_is_none(tmp_path: Path) -> None:
    with served_before(str(tmp_path / "nowhere")) as found:
        assert found is None


def test_an_index_that_is_damaged_says_so(tmp_path: Path) -> None:
    make_index(tmp_path, draw(20))
    version = add_version(tmp_path / "index", str(tmp_path / "served"), INDEX_RECORD)
    Path(version, "index.faiss").write_bytes(b"cut")
    with served_before(str(tmp_path / "served")) as found:
        assert found is not None
        assert found.index is None
        assert "index.faiss, changed or cut off" in found.problem
