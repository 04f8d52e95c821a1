"""A server, a pipeline for it, and a command line that knows it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from api_server import ApiServer
from client_cases import write_package
from client_shell import PROJECT, Shell


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


@pytest.fixture
def lab(server: ApiServer, tmp_path: Path) -> Path:
    """The file of an environment, with the server as its own.

    Tests that run at the same time compile into one folder, so it has the number of their process.
    """
    file = tmp_path / f"lab{os.getpid()}.yaml"
    content = {
        "image": "zeroskew:dev",
        "cache": False,
        "pipeline_root": "minio://mlpipeline/v2/artifacts/zeroskew",
        "output": "s3://ml/taxi",
        "server": {"host": server.host},
    }
    file.write_text(yaml.safe_dump(content))
    return file


@pytest.fixture
def kubeflow(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lab: Path
) -> Iterator[Shell]:
    """Types `zeroskew kubeflow ...` in this project."""
    monkeypatch.chdir(PROJECT)
    yield Shell(capsys, monkeypatch)
    Path(f"build/taxi-{lab.name}").unlink(missing_ok=True)
