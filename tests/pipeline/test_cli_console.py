"""How the command line behaves at a console, whatever the command is."""

import os
import subprocess
import sys

import pytest
from zeroskew_command import ROOT, Run, message, run


def test_a_run_is_not_quiet_and_verbose() -> None:
    assert run("run", "-q", "-v") == Run(
        2,
        "",
        message(
            "a run is quiet or verbose",
            received="--quiet and --verbose",
            do="leave out one of them",
        ),
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_a_command(shell: str) -> None:
    environment = {
        "_ZEROSKEW_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "zeroskew doc",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "COMP_WORDS": "zeroskew doc",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli import app; app(prog_name='zeroskew')"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "doctor" in done.stdout


@pytest.mark.parametrize("width", [40, 80])
def test_help_fits_the_console(width: int) -> None:
    text = run("run", "--help", environment={"COLUMNS": str(width), "NO_COLOR": "1"}).stdout
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    assert "--quiet" in text


def test_help_of_run_names_every_option() -> None:
    text = run("run", "--help").stdout
    words = "config data output seed set no-cache json quiet verbose debug"
    assert all(f"--{option} " in text for option in words.split())
