"""What tests of this room start from."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ZEROSKEW_"):
            monkeypatch.delenv(name)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"
