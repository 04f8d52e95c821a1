"""A run that is killed is simply started again, and finishes."""

import functools
import os
import signal
import time
from pathlib import Path

import pytest
from command_line import versions, write_trips, zeroskew
from warm_start import begun, run_module
from zeroskew_command import ROOT

pytestmark = pytest.mark.e2e

KILLED_AT = (4, 8, 10, 15, 16)
"""ExampleGen, Transform, Trainer, Pusher and Report; the tests of Kubeflow kill each step."""


def kill_at(number: int, output: Path, data: Path) -> list[str]:
    """Starts a run, kills it when step `number` has started, and returns what it printed."""
    arguments = ["run", "--output", str(output), "--data", str(data)]
    program = functools.partial(run_module, "pipeline", arguments)
    printed = output.with_name(f"printed until {number}")
    process = begun(program, ROOT, os.environ, (printed, Path(os.devnull)))
    lines: list[str] = []
    while process.is_alive() and not any(line.startswith(f"[{number:>2}/") for line in lines):
        time.sleep(0.02)
        lines = printed.read_text(encoding="utf-8").splitlines() if printed.exists() else []
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return [line.strip() for line in lines]


def test_a_run_killed_again_and_again_finishes_when_started_again(tmp_path: Path) -> None:
    output = tmp_path / "out"
    data = write_trips(tmp_path / "trips.csv", lambda number, row: row, rows=3_000)
    for number in KILLED_AT:
        lines = kill_at(number, output, data)
        done = [line for line in lines if line.startswith("✓")]
        assert len(done) == number - 1
        # Report comes after Pusher.
        assert number == 16 or versions(output) == []
    last = zeroskew("run", "--output", output, "--data", data, "--json")
    assert last.exit_code in (0, 3), last.stderr
    assert len(last.summary["seconds"]) == 16
    assert {"ExampleGen", "StatisticsGen", "Transform", "Trainer"} <= set(last.summary["cached"])
    assert len(versions(output)) == int(last.summary["blessed"])
