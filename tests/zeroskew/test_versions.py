import shutil
import time
from pathlib import Path

import pytest

from zeroskew import buckets
from zeroskew.versions import (
    add_version,
    fetch_newest,
    list_versions,
    remove_old_versions,
    version_at_hand,
)

LAST = "saved_model.pb"


def a_model(folder: Path, weights: str) -> Path:
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_text("graph")
    (folder / "variables" / "weights").write_text(weights)
    return folder


def push(model: Path, place: Path) -> Path:
    return Path(add_version(model, str(place), LAST))


def content(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_a_pushed_version_holds_the_whole_model_and_nothing_hidden_is_left(tmp_path):
    model, serving = a_model(tmp_path / "model", "one"), tmp_path / "not yet" / "serving"
    before = int(time.time())
    version = push(model, serving)
    assert before <= int(version.name) <= int(time.time())
    assert content(version) == {"saved_model.pb": "graph", "variables/weights": "one"}
    assert list(serving.iterdir()) == [version]


def test_the_same_model_is_not_pushed_twice(tmp_path):
    model, serving = a_model(tmp_path / "model", "one"), tmp_path / "serving"
    first = push(model, serving)
    assert push(model, serving) == first
    assert push(a_model(tmp_path / "copy", "one"), serving) == first
    assert list(serving.iterdir()) == [first]


def test_versions_increase_even_within_one_second(tmp_path):
    serving = tmp_path / "serving"
    versions = [
        push(a_model(tmp_path / name, name), serving) for name in ("one", "two", "three", "four")
    ]
    numbers = [int(version.name) for version in versions]
    assert numbers == sorted(set(numbers))
    assert [content(version)["variables/weights"] for version in versions] == [
        "one",
        "two",
        "three",
        "four",
    ]


def test_a_version_from_the_future_is_followed_by_the_next_number(tmp_path):
    serving = tmp_path / "serving"
    a_model(serving / "99999999999", "one")
    version = push(a_model(tmp_path / "model", "two"), serving)
    assert version.name == "100000000000"


def test_an_older_model_pushed_again_becomes_the_newest_version(tmp_path):
    serving = tmp_path / "serving"
    one, two = a_model(tmp_path / "one", "one"), a_model(tmp_path / "two", "two")
    first, second, third = push(one, serving), push(two, serving), push(one, serving)
    assert int(first.name) < int(second.name) < int(third.name)
    assert content(third)["variables/weights"] == "one"


def test_a_model_with_one_file_more_is_another_model(tmp_path):
    model, serving = a_model(tmp_path / "model", "one"), tmp_path / "serving"
    first = push(model, serving)
    (model / "assets").mkdir()
    (model / "assets" / "vocabulary").write_text("Blue\n")
    second = push(model, serving)
    assert second != first
    assert content(second)["assets/vocabulary"] == "Blue\n"


def test_extra_files_come_with_a_version_and_make_no_other_one_of_it(tmp_path):
    model, serving = a_model(tmp_path / "model", "one"), tmp_path / "serving"
    first = add_version(model, str(serving), LAST, {"assets.extra/score": b"1"})
    assert content(Path(first))["assets.extra/score"] == "1"
    assert not (model / "assets.extra").exists()
    assert add_version(model, str(serving), LAST, {"assets.extra/score": b"2"}) == first
    assert content(Path(first))["assets.extra/score"] == "1"
    assert add_version(model, str(serving), LAST) != first


def test_what_a_killed_push_left_over_is_removed_and_never_counted_as_a_version(tmp_path):
    serving = tmp_path / "serving"
    left_over = a_model(serving / ".1700000000.partial", "half")
    version = push(a_model(tmp_path / "model", "one"), serving)
    assert not left_over.exists()
    assert list(serving.iterdir()) == [version]


def test_a_copy_that_fails_halfway_shows_no_version(tmp_path):
    model, serving = a_model(tmp_path / "model", "one"), tmp_path / "serving"
    (model / "variables" / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(shutil.Error, match="No such file or directory"):
        push(model, serving)
    assert [path for path in serving.iterdir() if not path.name.startswith(".")] == []
    (model / "variables" / "dangling").unlink()
    version = push(model, serving)
    assert list(serving.iterdir()) == [version]


def test_other_folders_beside_the_versions_are_left_alone(tmp_path):
    serving = tmp_path / "serving"
    (serving / "notes").mkdir(parents=True)
    version = push(a_model(tmp_path / "model", "one"), serving)
    assert sorted(path.name for path in serving.iterdir()) == sorted(["notes", version.name])


def test_the_newest_version_is_fetched_and_none_from_an_empty_place(tmp_path):
    serving = tmp_path / "serving"
    assert fetch_newest(str(serving), tmp_path / "fetched", LAST) is None
    assert not (tmp_path / "fetched").exists()
    push(a_model(tmp_path / "one", "one"), serving)
    version = push(a_model(tmp_path / "two", "two"), serving)
    assert fetch_newest(str(serving), tmp_path / "fetched", LAST) == int(version.name)
    assert content(tmp_path / "fetched") == {"saved_model.pb": "graph", "variables/weights": "two"}


def test_a_version_of_this_machine_is_at_hand_as_it_is(tmp_path):
    version = push(a_model(tmp_path / "one", "one"), tmp_path / "serving")
    with version_at_hand(str(version)) as folder:
        assert folder == version
    assert content(version)["variables/weights"] == "one"


class TestInABucket:
    @pytest.fixture
    def place(self, bucket) -> str:
        return f"{bucket}/serving"

    def push(self, tmp_path: Path, weights: str, place: str) -> str:
        return add_version(a_model(tmp_path / weights, weights), place, LAST)

    def test_a_version_is_whole_and_its_last_file_is_written_last(self, tmp_path, place):
        version = self.push(tmp_path, "one", place)
        assert buckets.files_below(version) == ["saved_model.pb", "variables/weights"]
        assert buckets.read(f"{version}/variables/weights") == b"one"
        assert [f"{place}/{number}" for number in list_versions(place, LAST)] == [version]

    def test_the_same_model_is_not_pushed_twice_and_another_is(self, tmp_path, place):
        first = self.push(tmp_path, "one", place)
        assert add_version(tmp_path / "one", place, LAST) == first
        second = self.push(tmp_path, "two", place)
        assert int(second.rpartition("/")[2]) > int(first.rpartition("/")[2])
        assert len(list_versions(place, LAST)) == 2

    def test_extra_files_come_with_a_version(self, tmp_path, place):
        model, extra = a_model(tmp_path / "one", "one"), {"assets.extra/score": b"1"}
        version = add_version(model, place, LAST, extra)
        assert buckets.read(f"{version}/assets.extra/score") == b"1"
        assert add_version(model, place, LAST, {"assets.extra/score": b"2"}) == version

    def test_half_a_version_is_none(self, tmp_path, place):
        buckets.write(f"{place}/99999999999/variables/weights", b"half")
        assert list_versions(place, LAST) == []
        assert fetch_newest(place, tmp_path / "fetched", LAST) is None

    def test_the_newest_version_is_fetched(self, tmp_path, place):
        self.push(tmp_path, "one", place)
        self.push(tmp_path, "two", place)
        newest = list_versions(place, LAST)[-1]
        assert fetch_newest(place, tmp_path / "fetched", LAST) == newest
        assert content(tmp_path / "fetched") == {
            "saved_model.pb": "graph",
            "variables/weights": "two",
        }

    def test_a_version_is_at_hand_as_a_copy_with_its_number_for_a_while(self, tmp_path, place):
        version = self.push(tmp_path, "one", place)
        with version_at_hand(version) as folder:
            assert folder.name == version.rpartition("/")[2]
            assert content(folder) == {"saved_model.pb": "graph", "variables/weights": "one"}
        assert not folder.exists()

    def test_old_versions_are_removed(self, tmp_path, place):
        for weights in ("one", "two", "three"):
            self.push(tmp_path, weights, place)
        remove_old_versions(place, LAST, keep=2)
        assert len(list_versions(place, LAST)) == 2
        assert fetch_newest(place, tmp_path / "fetched", LAST) == list_versions(place, LAST)[-1]
