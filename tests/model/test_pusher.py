import shutil
import time
from pathlib import Path

import pytest

from model.pusher import push


def a_model(folder: Path, weights: str) -> Path:
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_text("graph")
    (folder / "variables" / "weights").write_text(weights)
    return folder


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
