"""What a person meets at the console of a run: silence, the log, Ctrl-C, and a tidy machine."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import write_trips
from zeroskew_command import ROOT

pytestmark = pytest.mark.e2e
INTERRUPTED = "interrupted; start the run again: what is finished is not repeated\n"


def start(temporary: Path, *arguments: object, **environment: str) -> subprocess.Popen[str]:
    temporary.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("step", ["StatisticsGen", "Transform", "Trainer"])
def test_ctrl_c_leaves_a_sentence_and_a_page_and_nothing_else(tmp_path: Path, step: str) -> None:
    data = write_trips(tmp_path / "trips.csv", lambda number, row: row, rows=3_000)
    temporary, output = tmp_path / "temporary", tmp_path / "out"
    process = start(temporary, "run", "--data", data, "--output", output)
    assert process.stdout is not None
    for line in process.stdout:
        if f"] {step} ..." in line:
            process.send_signal(signal.SIGINT)
            break
    out, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (130, INTERRUPTED)
    page = output / "report.html"
    assert out.splitlines()[-1] == f"report     {page}"
    text = page.read_text(encoding="utf-8")
    assert f"<h1>The run stopped in {step}</h1>" in text
    assert "<pre>interrupted by SIGINT</pre>" in text
    assert f'{step} <span class="tag bad-ink">interrupted</span>' in text
    assert '<th scope="row">CuratedSchema</th>' in text
    assert list(temporary.iterdir()) == []


def test_a_quiet_run_says_nothing_and_a_verbose_one_what_is_logged(tmp_path: Path) -> None:
    data = write_trips(tmp_path / "trips.csv", lambda number, row: row, rows=3_000)
    temporary, output = tmp_path / "temporary", tmp_path / "out"
    quiet = start(temporary, "ingest", "-q", "--data", data, "--output", output)
    assert (*quiet.communicate(timeout=300), quiet.returncode) == ("", "", 0)
    verbose = start(temporary, "ingest", "-v", "--data", data, "--output", output)
    out, errors = verbose.communicate(timeout=300)
    assert "ExampleGen" in out
    assert "INFO" in errors
    assert "Traceback" not in errors
    assert list(temporary.iterdir()) == []


def test_forty_columns_and_no_colour_lose_nothing(tmp_path: Path) -> None:
    data = write_trips(tmp_path / "trips.csv", lambda number, row: row, rows=3_000)
    temporary, output = tmp_path / "temporary", tmp_path / "out"
    arguments = ("run", "--data", data, "--output", output, "--set", "trainer.epochs=1")
    run = start(temporary, *arguments, COLUMNS="40", NO_COLOR="1", FORCE_COLOR="1")
    out, errors = run.communicate(timeout=600)
    assert run.returncode in (0, 3), errors
    assert "\x1b[3" not in out
    assert "all rows\n" in out
    assert "  accuracy  0." in out
    assert list(temporary.iterdir()) == []
