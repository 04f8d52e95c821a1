"""TFX's own command line works on local_runner.py, in the activated environment."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import versions
from warm_start import forked, run_module
from zeroskew_command import ROOT

pytestmark = pytest.mark.e2e

ENGINE = "--engine=local"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def activated(home: Path) -> dict[str, str]:
    """The variables of a user with the environment activated."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": sys.prefix,
        "HOME": str(home),
        "ZEROSKEW_OUTPUT": str(home / "out"),
    }


def tfx(home: Path, *arguments: str) -> str:
    """Runs `tfx` as a user does; returns what it prints."""
    done = subprocess.run(
        ["tfx", *arguments, ENGINE],
        cwd=ROOT,
        env=activated(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def tfx_forked(home: Path, *arguments: str) -> str:
    """Runs the module of `tfx` with TensorFlow imported already; returns what it prints."""
    program = functools.partial(run_module, "tfx.tools.cli.cli_main", [*arguments, ENGINE])
    printed = home / "_".join(arguments[:2])
    code = forked(program, ROOT, activated(home), (printed, printed), 900)
    text = printed.read_text(encoding="utf-8")
    assert code == 0, text[-3000:]
    return text


def test_the_tfx_command_creates_lists_runs_and_deletes_the_pipeline(home: Path) -> None:
    path = "--pipeline_path=local_runner.py"
    name = "--pipeline_name=taxi"
    assert 'Pipeline "taxi" created successfully.' in tfx(home, "pipeline", "create", path)
    assert "compiled successfully" in tfx_forked(home, "pipeline", "compile", path)
    assert 'Pipeline "taxi" updated successfully.' in tfx_forked(home, "pipeline", "update", path)
    assert "taxi" in tfx_forked(home, "pipeline", "list").split()
    tfx(home, "run", "create", name)
    (version,) = versions(home / "out")
    assert (version / "saved_model.pb").is_file()
    assert "deleted successfully" in tfx_forked(home, "pipeline", "delete", name)
