"""Examples to count."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from example_files import write_splits


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with the splits of `write_splits`."""
    folder = tmp_path_factory.mktemp("made-up")
    write_splits(folder)
    return folder
