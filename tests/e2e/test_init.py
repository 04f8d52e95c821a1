"""From a table of one's own to a served model, by one command and no line written by hand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import zeroskew
from customers import write_customers
from zeroskew_command import ROOT

pytestmark = pytest.mark.e2e


def test_one_command_goes_from_a_table_to_a_served_model(tmp_path: Path) -> None:
    write_customers(tmp_path / "customers.csv", 2_000)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pipeline", "init", "customers.csv"),
            *("--label", "Churn?", "--yes", "--run"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The model is blessed" in done.stdout
    assert "5 networks, " in done.stdout
    (model,) = (tmp_path / "runs" / "customers" / "serving").iterdir()
    assert (tmp_path / "runs" / "customers" / "report.html").exists()
    asked = zeroskew(
        "predict", "--model", model, "--rows", tmp_path / "customers.csv", "--limit", 5
    )
    assert asked.exit_code == 0, asked.stderr
    assert len(asked.stdout.splitlines()) == 5
    assert asked.stdout.count("probability 0.") == 5
