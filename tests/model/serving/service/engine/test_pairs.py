"""A version of the model and an index of its vectors: both take over, or neither."""

import asyncio
import shutil

import pytest
from indexed import entities, push_index

from model.serving.service.engine.folder import Folder
from model.serving.service.engine.indexes import Indexes
from model.serving.service.engine.versions import Versions
from model.serving.service.settings import ServeSettings
from model.serving.vectors.space import read_space
from zeroskew.errors import DataError


class Pairs:
    """Two folders, looked at when a test says so."""

    def __init__(self, spaces, place):
        self._spaces = spaces
        self.models, self.indexes = place / "models", place / "index"
        self.models.mkdir()
        self.indexes.mkdir()
        settings = ServeSettings(lineage="any", index=self.indexes)
        self.versions = Versions("small", {})
        self.failed, self.damaged = [], []
        indexes = Indexes(self.indexes, self.damaged.append)
        self._folder = Folder(self.models, self.versions, settings, self.failed.append, indexes)

    def push(self, number, space="first"):
        (self.models / str(number)).symlink_to(self._spaces[space])

    def push_index(self, number, space="first"):
        target = self.indexes / str(number)
        shutil.copytree(self._spaces[space].with_name("index"), self.indexes / ".partial")
        (self.indexes / ".partial").rename(target)
        return target

    def remove(self, number):
        (self.models / str(number)).unlink()

    def remove_index(self, number):
        shutil.rmtree(self.indexes / str(number))

    def refresh(self):
        """Looks at the folders; returns the states by version."""
        asyncio.run(self._folder.refresh())
        return {one.number: one.state.name for one in self.versions.known}

    def answering(self):
        """Returns the numbers of the version and of the index that answer."""
        version = self.versions.take("small")
        self.versions.give_back(version)
        assert version.loaded.space.fingerprint == version.index.vectors.record.space.fingerprint
        return version.number, version.index.offer.number


@pytest.fixture
def pairs(spaces, tmp_path):
    found = Pairs(spaces, tmp_path)
    found.push(1)
    found.push_index(10)
    assert found.refresh() == {1: "AVAILABLE"}
    assert found.answering() == (1, 10)
    return found


def test_a_version_of_another_space_waits_for_its_index_and_both_take_over(pairs, spaces, caplog):
    pairs.push(2, "second")
    for _ in range(2):
        assert pairs.refresh() == {2: "START", 1: "AVAILABLE"}
        assert pairs.answering() == (1, 10)
    waiting = pairs.versions.version(2).error
    assert waiting.code.name == "UNAVAILABLE"
    assert read_space(spaces["second"]).fingerprint in waiting.message
    assert f"received: {read_space(spaces['first']).fingerprint}" in waiting.message
    assert len([one for one in caplog.records if "version 2 waits" in one.message]) == 1
    pairs.push_index(20, "second")
    assert pairs.refresh() == {2: "AVAILABLE", 1: "END"}
    assert pairs.answering() == (2, 20)
    assert pairs.failed == pairs.damaged == []


def test_an_index_that_comes_before_its_version_waits_as_well(pairs):
    pairs.push_index(20, "second")
    assert pairs.refresh() == {1: "AVAILABLE"}
    assert pairs.answering() == (1, 10)
    pairs.push(2, "second")
    assert pairs.refresh() == {2: "AVAILABLE", 1: "END"}
    assert pairs.answering() == (2, 20)


def test_a_newer_index_of_the_space_takes_over_while_the_version_stays(pairs):
    version = pairs.versions.take("small")
    before, loaded = version.index, version.loaded
    pairs.push_index(11)
    assert pairs.refresh() == {1: "AVAILABLE"}
    assert pairs.answering() == (1, 11)
    assert version.loaded is loaded
    # Who has looked before goes on with what he saw.
    assert len(before.vectors.neighbours(before.vectors.vectors_of(["row-1"]), 3)[0]) == 3
    pairs.remove_index(11)
    assert pairs.refresh() == {1: "AVAILABLE"}
    assert pairs.answering() == (1, 10)
    assert version.index is before


def test_a_version_of_the_same_space_takes_over_with_the_index_that_is_there(pairs):
    index = pairs.versions.take("small").index
    pairs.push(2)
    assert pairs.refresh()[2] == "AVAILABLE"
    assert pairs.answering() == (2, 10)
    assert pairs.versions.version(2).index is index


@pytest.mark.parametrize("what", ["model", "index"])
def test_going_back_is_taking_the_newest_model_or_index_away(pairs, what):
    pairs.push(2, "second")
    pairs.push_index(20, "second")
    pairs.refresh()
    assert pairs.answering() == (2, 20)
    if what == "model":
        pairs.remove(2)
        assert pairs.refresh() == {2: "END", 1: "AVAILABLE"}
    else:
        pairs.remove_index(20)
        assert pairs.refresh() == {2: "START", 1: "AVAILABLE"}
    assert pairs.answering() == (1, 10)


def test_without_any_pair_left_the_one_that_answers_stays(pairs):
    pairs.remove_index(10)
    assert pairs.refresh() == {1: "AVAILABLE"}
    assert pairs.answering() == (1, 10)


@pytest.mark.parametrize("name", ["index.faiss", "entities.parquet", "index.json"])
def test_a_damaged_index_never_takes_over_until_it_is_whole(pairs, name, caplog):
    folder = pairs.push_index(11)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-20])
    for _ in range(2):
        assert pairs.refresh() == {1: "AVAILABLE"}
        assert pairs.answering() == (1, 10)
    assert pairs.damaged == [11]
    assert any("index 11 is not served: " in one.message for one in caplog.records)
    (folder / name).write_bytes(whole)
    pairs.refresh()
    assert pairs.answering() == (1, 11)


def test_a_version_whose_only_index_is_damaged_waits(pairs):
    pairs.push(2, "second")
    (pairs.push_index(20, "second") / "index.faiss").write_bytes(b"")
    assert pairs.refresh() == {2: "START", 1: "AVAILABLE"}
    assert pairs.answering() == (1, 10)
    assert pairs.damaged == [20]
    pairs.remove(2)
    assert pairs.refresh() == {1: "AVAILABLE"}


def test_a_model_without_embedding_waits_and_says_why(pairs, small_model_dir):
    (pairs.models / "2").symlink_to(small_model_dir)
    assert pairs.refresh() == {2: "START", 1: "AVAILABLE"}
    assert pairs.versions.version(2).error.message.startswith(
        "with serve.index a model declares an embedding"
    )


def test_each_of_several_versions_has_an_index_of_its_own_space(pairs, spaces, tmp_path):
    settings = ServeSettings(lineage="any", index=pairs.indexes, versions=2)
    versions = Versions("small", {})
    indexes = Indexes(pairs.indexes, pairs.damaged.append)
    folder = Folder(pairs.models, versions, settings, pairs.failed.append, indexes)
    pairs.push(2, "second")
    pairs.push_index(20, "second")
    asyncio.run(folder.refresh())
    found = {one.number: one.index.offer.number for one in versions.available.values()}
    assert found == {1: 10, 2: 20}


def test_no_version_takes_an_index_of_another_space(pairs, spaces):
    pairs.push(2, "second")
    pairs.push_index(20, "second")
    pairs.refresh()
    index = pairs.versions.take("small").index
    pairs.remove(2)
    pairs.refresh()
    version = pairs.versions.take("small")
    with pytest.raises(DataError, match="the index and the vectors of the model lie in one space"):
        version.answer_with(version.loaded, index)
    assert version.index.offer.number == 10


def test_an_empty_index_is_one(pairs, spaces):
    push_index(spaces["first"], pairs.indexes / "12", entities(0))
    pairs.refresh()
    assert pairs.answering() == (1, 12)
