"""Which model and index of an output folder belong together."""

import shutil
from pathlib import Path

import pytest
from small_index import write_small_index

from model.serving.vectors.space import SPACE_FILE, read_space
from pipeline.served_models import newest_model, newest_pair
from zeroskew.errors import DataError, SettingsError

ROWS = {"id": ["a", "b"], "company": ["Blue", "Red"], "fare": [5.0, 6.0]}


@pytest.fixture
def runs(embedding_models: Path, tmp_path: Path) -> Path:
    """Model and index 20 lie in the first space, 30 in a second; both indexes have a model."""
    for version, model in (("20", "7"), ("30", "8")):
        shutil.copytree(embedding_models / model, tmp_path / "serving" / version)
        index = tmp_path / "index" / version
        write_small_index(embedding_models / model, ROWS, tmp_path / f"table-{version}", index)
    return tmp_path


def names(runs: Path, **given: Path) -> tuple[str, str]:
    pair = newest_pair(runs, **given)
    assert pair.model is not None
    return pair.index.name, pair.model.name


def test_the_newest_index_goes_with_the_newest_model_of_its_space(runs: Path) -> None:
    assert names(runs) == ("30", "30")
    assert names(runs, model=runs / "serving" / "20") == ("20", "20")
    assert names(runs, index=runs / "index" / "20") == ("20", "20")
    shutil.copytree(runs / "serving" / "20", runs / "serving" / "40")
    # Its index is still being made.
    assert names(runs) == ("30", "30")
    assert names(runs, index=runs / "index" / "20") == ("20", "40")
    shutil.rmtree(runs / "serving" / "30")
    assert names(runs) == ("20", "40")
    (runs / "serving" / "40" / SPACE_FILE).unlink()
    assert names(runs) == ("20", "20")
    assert newest_model(runs).name == "40"


def test_two_spaces_are_refused_with_both_fingerprints(runs: Path) -> None:
    first, second = (read_space(runs / "serving" / one).fingerprint for one in ("20", "30"))
    with pytest.raises(DataError) as caught:
        newest_pair(runs, runs / "serving" / "20", runs / "index" / "30")
    assert str(caught.value).splitlines() == [
        f"the index {runs / 'index' / '30'} and the vectors of the model lie in one space",
        f"  allowed:  {first}, the fingerprint of the model's vectors",
        f"  received: {second}, that of the index {runs / 'index' / '30'}",
        "  do:       embed it with this model, or take the model that it was embedded with",
    ]


def test_where_nothing_is_pushed_the_command_that_makes_it_is_named(runs: Path) -> None:
    shutil.rmtree(runs / "index")
    with pytest.raises(SettingsError, match="without --index") as caught:
        newest_pair(runs)
    assert caught.value.received == f"none in {runs / 'index'}"
    assert "zeroskew run, with embedding=Embedding(...)" in (caught.value.action or "")
    shutil.rmtree(runs / "serving")
    with pytest.raises(SettingsError, match="without --model"):
        newest_model(runs)


def test_a_model_without_an_embedding_is_told_how_to_get_one(runs: Path) -> None:
    for version in ("20", "30"):
        (runs / "serving" / version / SPACE_FILE).unlink()
    with pytest.raises(DataError, match="whose feature list declares an embedding"):
        newest_pair(runs)
