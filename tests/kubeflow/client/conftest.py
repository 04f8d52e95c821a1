"""A server, and a pipeline for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_server import ApiServer
from client_cases import write_package


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KFP_TOKEN", "KF_PIPELINES_ENDPOINT", "KF_PIPELINES_IAP_OAUTH2_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[ApiServer]:
    """A server that wants no token."""
    with ApiServer() as running:
        yield running


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A compiled pipeline of two steps, Transform and Trainer."""
    return write_package(tmp_path)
