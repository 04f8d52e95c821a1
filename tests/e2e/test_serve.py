"""The model of a run, served and asked as the command says."""

import json
import subprocess
from pathlib import Path

import pytest
from served import Served
from zeroskew_command import Run

pytestmark = pytest.mark.e2e


def test_what_was_blessed_is_served_and_the_line_to_try_works(first_run: Run, output: Path) -> None:
    assert first_run.exit_code == 0, first_run.stderr
    with Served("--output", output) as service:
        line = service.said.splitlines()[-1].removeprefix("try        ")
        done = subprocess.run(
            ["bash", "-c", f"{line} --silent --show-error --fail"],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        service.terminate()
        assert service.end() == (0, "stopped    all that was asked is answered\n")
    (prediction,) = json.loads(done.stdout)["predictions"]
    assert prediction.keys() == {"label", "logit", "probability"}
    assert 0.0 < prediction["probability"] < 1.0
    assert service.model.endswith("/v1/models/taxi")
