"""One finished run that several tests look at."""

from pathlib import Path

import pytest
from command_line import Run, zeroskew


@pytest.fixture(scope="session")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with a space in its path."""
    return tmp_path_factory.mktemp("out") / "a run"


@pytest.fixture(scope="session")
def first_run(output: Path) -> Run:
    """The built-in use case, run once."""
    return zeroskew("run", "--output", output, "--json")
