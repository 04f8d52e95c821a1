"""The project as a repository, in which the workflows are carried out."""

from pathlib import Path

import pytest
from checkouts import new_checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one commit on `main`."""
    folder = tmp_path / "work" / "trips"
    folder.mkdir(parents=True)
    return new_checkout(folder)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """What GitHub gives a job as `$RUNNER_TEMP`."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder
