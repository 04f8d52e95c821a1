"""Temporary files of all libraries: in one folder, which is gone afterwards."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from pipeline.temporary import own_temporary_folder


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_files_of_this_process_and_of_its_children_are_gone(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)

    def work() -> None:
        with own_temporary_folder():
            (own,) = elsewhere.iterdir()
            assert Path(tempfile.mkdtemp(prefix="beam-temp")).parent == own
            child = subprocess.run(["mktemp"], capture_output=True, text=True, check=True)
            assert Path(child.stdout.strip()).parent == own
            assert len(list(own.iterdir())) == 2
            raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        work()
    assert list(elsewhere.iterdir()) == []
    assert tempfile.tempdir == str(elsewhere)
    assert "TMPDIR" not in os.environ


def test_what_the_user_has_set_comes_back(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    with own_temporary_folder():
        assert os.environ["TMPDIR"] != str(elsewhere)
    assert os.environ["TMPDIR"] == str(elsewhere)
