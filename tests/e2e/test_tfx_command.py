"""TFX's own command line works on local_runner.py, in the activated environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import versions
from zeroskew_command import ROOT

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def tfx(home: Path, *arguments: str) -> str:
    """Runs `tfx` as a user with the environment activated does; returns what it prints."""
    activated = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": sys.prefix,
        "HOME": str(home),
        "ZEROSKEW_OUTPUT": str(home / "out"),
    }
    done = subprocess.run(
        ["tfx", *arguments, "--engine=local"],
        cwd=ROOT,
        env=activated,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def test_the_tfx_command_creates_lists_runs_and_deletes_the_pipeline(home: Path) -> None:
    path = "--pipeline_path=local_runner.py"
    assert 'Pipeline "taxi" created successfully.' in tfx(home, "pipeline", "create", path)
    assert "compiled successfully" in tfx(home, "pipeline", "compile", path)
    assert 'Pipeline "taxi" updated successfully.' in tfx(home, "pipeline", "update", path)
    assert "taxi" in tfx(home, "pipeline", "list").splitlines()[-2:][0] + " taxi"
    tfx(home, "run", "create", "--pipeline_name=taxi")
    (version,) = versions(home / "out")
    assert (version / "saved_model.pb").is_file()
    assert "deleted successfully" in tfx(home, "pipeline", "delete", "--pipeline_name=taxi")
