"""What training leaves beside the model."""

from pathlib import Path

from model.training.trainer import name_alike


def test_files_of_tensorboard_are_named_alike_in_each_try(tmp_path: Path) -> None:
    for process in ("16584", "9"):
        folder = tmp_path / process / "train"
        folder.mkdir(parents=True)
        for started in ("1795551933", "1795551999"):
            file = folder / f"events.out.tfevents.{started}.host.{process}.0.v2"
            file.write_text(started, encoding="utf-8")
        (tmp_path / process / "training.json").touch()
        name_alike(tmp_path / process)

    for process in ("16584", "9"):
        files = sorted(file for file in (tmp_path / process).rglob("*") if file.is_file())
        assert [str(file.relative_to(tmp_path / process)) for file in files] == [
            "train/events.out.tfevents.0.v2",
            "train/events.out.tfevents.1.v2",
            "training.json",
        ]
        assert [file.read_text() for file in files] == ["1795551933", "1795551999", ""]


def test_what_is_named_alike_stays(tmp_path: Path) -> None:
    file = tmp_path / "events.out.tfevents.0.v2"
    file.write_text("one", encoding="utf-8")
    name_alike(tmp_path)
    assert file.read_text() == "one"


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    name_alike(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []
