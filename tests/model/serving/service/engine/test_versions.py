import asyncio
import dataclasses
import shutil
from typing import Any

import pytest
from pushed_model import PARTS, RECORD
from served import ROW, save_broken_version, save_version

from model.serving.lineage import LINEAGE
from model.serving.service.engine.folder import Folder, folders_of
from model.serving.service.engine.versions import State, Versions
from model.serving.service.refusals import Code, RefusedError
from model.serving.service.settings import ServeSettings


class Kept:
    """A folder of versions, looked at when a test says so."""

    def __init__(self, place: Any, **settings: Any) -> None:
        chosen = ServeSettings.model_validate(settings)
        self.versions = Versions("small", chosen.labels, chosen.canary)
        self.failed: list[int] = []
        self._folder = Folder(
            place, self.versions, chosen, lambda version: self.failed.append(version.number)
        )

    def refresh(self) -> dict[int, str]:
        asyncio.run(self._folder.refresh())
        return {one.number: one.state.name for one in self.versions.known}

    def answering(self, **choice: Any) -> int:
        version = self.versions.take("small", **choice)
        self.versions.give_back(version)
        return version.number


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Three versions to take from."""
    folder = tmp_path_factory.mktemp("saved")
    return {
        number: save_version(folder / str(number), 100.0 * number, small=True)
        for number in (1, 2, 3)
    }


@pytest.fixture
def put(saved, tmp_path):
    """Puts a version into the folder, under its own or another number."""

    def put(number, source=None):
        (tmp_path / str(number)).symlink_to(saved[source or number])

    return put


def double(version) -> float:
    signature = version.loaded.signature("serving_columns")
    cells = tuple(ROW.get(name) for name in signature.columns)
    return float(signature.answer([signature.rows([cells])]).outputs["double"][0])


def test_the_newest_version_takes_over_and_the_one_before_goes(put, tmp_path):
    put(1)
    kept = Kept(tmp_path)
    assert kept.refresh() == {1: "AVAILABLE"}
    before = kept.versions.take("small")
    put(2)
    assert kept.refresh() == {2: "AVAILABLE", 1: "UNLOADING"}
    assert kept.answering() == 2
    # What is being answered stays with the version before, which is then let go.
    assert double(before) == 103.0
    kept.versions.give_back(before)
    assert (before.state, before.loaded) == (State.END, None)
    assert kept.refresh() == {2: "AVAILABLE", 1: "END"}


def test_going_back_is_taking_the_newest_away(put, tmp_path):
    put(1)
    put(2)
    kept = Kept(tmp_path)
    assert kept.refresh() == {2: "AVAILABLE"}
    (tmp_path / "2").unlink()
    assert kept.refresh() == {2: "END", 1: "AVAILABLE"}
    put(2)
    assert kept.refresh() == {2: "AVAILABLE", 1: "END"}


def test_a_version_that_fails_never_takes_over_until_it_is_another(put, tmp_path):
    put(1)
    kept = Kept(tmp_path)
    kept.refresh()
    broken = save_broken_version(tmp_path / "2")
    for _ in range(2):
        assert kept.refresh() == {2: "END", 1: "AVAILABLE"}
    assert kept.failed == [2]
    (status, _) = kept.versions.statuses("small")
    assert status.error is not None
    assert kept.answering() == 1
    (broken / "saved_model.pb").unlink()
    broken.rmdir()
    put(2)
    assert kept.refresh() == {2: "AVAILABLE", 1: "END"}


def test_a_version_that_does_not_answer_its_first_requests_fails(put, tmp_path):
    put(1)
    source = save_version(tmp_path / ".2", small=True)
    (source / "assets.extra" / "tf_serving_warmup_requests").write_bytes(b"not a TFRecord, that is")
    source.rename(tmp_path / "2")
    kept = Kept(tmp_path)
    assert kept.refresh() == {2: "END", 1: "AVAILABLE"}


def test_a_folder_that_is_empty_for_a_while_changes_nothing(put, tmp_path):
    put(1)
    kept = Kept(tmp_path)
    kept.refresh()
    (tmp_path / "1").unlink()
    assert kept.refresh() == {1: "AVAILABLE"}


@pytest.mark.parametrize(
    ("settings", "served", "newest"),
    [
        ({"versions": 2}, {3, 2}, 3),
        ({"pinned": [1]}, {1}, 1),
        ({"pinned": [1, 2]}, {2, 1}, 2),
        ({"labels": {"old": 1}}, {3, 1}, 3),
        ({"canary": {"version": 3, "share": 0.5}}, {3, 2}, 2),
        ({"canary": {"version": 9, "share": 0.5}}, {3}, 3),
    ],
)
def test_settings_choose_the_versions(put, tmp_path, settings, served, newest):
    for number in (1, 2, 3):
        put(number)
    kept = Kept(tmp_path, **settings)
    assert kept.refresh().keys() >= served
    assert kept.versions.available.keys() == served
    assert kept.answering() == newest


def test_a_canary_gets_its_share_exactly_and_no_request_that_names_a_version(put, tmp_path):
    put(1)
    put(2)
    kept = Kept(tmp_path, canary={"version": 2, "share": 0.25}, labels={"old": 1})
    kept.refresh()
    assert [kept.answering() for _ in range(8)] == [1, 1, 1, 2, 1, 1, 1, 2]
    assert {kept.answering(number=2) for _ in range(4)} == {2}
    assert {kept.answering(label="old") for _ in range(4)} == {1}


def test_what_is_not_there_is_refused_in_the_words_of_tensorflow_serving(put, tmp_path):
    put(1)
    kept = Kept(tmp_path, labels={"gone": 7})
    kept.refresh()
    for choice, code, text in [
        ({"model": "other"}, Code.NOT_FOUND, "Servable not found for request: Latest(other)"),
        (
            {"model": "small", "number": 7},
            Code.NOT_FOUND,
            "Servable not found for request: Specific(small, 7)",
        ),
        (
            {"model": "small", "label": "gone"},
            Code.NOT_FOUND,
            "Servable not found for request: Specific(small, 7)",
        ),
        (
            {"model": "small", "label": "x"},
            Code.INVALID_ARGUMENT,
            "Unrecognized servable version label: x",
        ),
    ]:
        with pytest.raises(RefusedError) as caught:
            kept.versions.take(**choice)
        assert (caught.value.code, caught.value.message) == (code, text)
    assert all(one.users == 0 for one in kept.versions.known)


def test_folders_are_versions_or_one_model(put, tmp_path):
    put(1)
    (tmp_path / "2").mkdir()
    (tmp_path / "temporary").mkdir()
    assert folders_of(tmp_path) == {1: tmp_path / "1"}
    assert folders_of(tmp_path / "1") == {1: tmp_path / "1"}
    (tmp_path / "model").symlink_to(tmp_path / "1")
    assert folders_of(tmp_path / "model") == {1: tmp_path / "model"}
    assert folders_of(tmp_path / "nothing") == {}


def test_a_version_of_which_nobody_knows_of_what_it_was_made_is_not_served(saved, tmp_path):
    shutil.copytree(saved[1], tmp_path / "1")
    (tmp_path / "1" / LINEAGE).unlink()
    kept = Kept(tmp_path)
    assert kept.refresh() == {1: "END"}
    (version,) = kept.versions.known
    assert version.error.message.startswith("a served model says of what it was made\n")
    assert Kept(tmp_path, lineage="any").refresh() == {1: "AVAILABLE"}


def test_a_version_with_the_record_of_another_is_not_served(saved, tmp_path):
    shutil.copytree(saved[1], tmp_path / "1")
    record = dataclasses.replace(RECORD, fingerprint="e" * 16)
    (tmp_path / "1" / LINEAGE).write_text(record.to_json())
    kept = Kept(tmp_path)
    assert kept.refresh() == {1: "END"}
    message = kept.versions.known[0].error.message
    assert f"{PARTS.whole}, which a model has" in message
    assert "eeeeeeeeeeeeeeee, which its lineage record has" in message
