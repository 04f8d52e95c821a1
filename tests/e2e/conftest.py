"""One finished run that several tests look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import NO_TRIALS, zeroskew
from zeroskew_command import Run


@pytest.fixture(scope="session", autouse=True)
def _no_trials() -> Iterator[None]:
    """The Trainer tries no penalties, which would take it as long again."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in NO_TRIALS.items():
            patch.setenv(f"ZEROSKEW_TRAINER__{name.upper()}", str(value))
        yield


@pytest.fixture(scope="session")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with a space in its path."""
    return tmp_path_factory.mktemp("out") / "a run"


@pytest.fixture(scope="session")
def first_run(output: Path) -> Run:
    """The built-in use case, run once."""
    return zeroskew("run", "--output", output, "--json")
