"""One finished run that several tests look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import FASTER, taxi_run
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
    """The output folder of `first_run`."""
    return taxi_run(tmp_path_factory)[0]


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The built-in use case, run once; who looks at it leaves it as it is."""
    return taxi_run(tmp_path_factory)[1]
