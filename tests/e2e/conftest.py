"""One finished run that several tests look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import FASTER, zeroskew
from zeroskew_command import Run


@pytest.fixture(scope="module", autouse=True)
def _faster() -> Iterator[None]:
    """What these tests start without `zeroskew` has these variables, too."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in FASTER.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with a space in its path."""
    return tmp_path_factory.mktemp("out") / "a run"


@pytest.fixture(scope="session")
def first_run(output: Path) -> Run:
    """The built-in use case, run once."""
    return zeroskew("run", "--output", output, "--json")
