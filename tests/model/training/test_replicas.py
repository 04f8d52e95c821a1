"""Several devices train in step."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from training_case import run_training

from model.training.trainer import choose_strategy
from zeroskew.errors import SettingsError

ROOT = Path(__file__).parents[3]


def train_on_two_devices(folder: Path, rows: int) -> dict[str, Any]:
    support = ROOT / "tests/support"
    done = subprocess.run(
        [sys.executable, support / "two_devices.py", folder, str(rows)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{support}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("rows", "batch_size"), [(6001, 128), (65, 64)])
def test_two_devices_train_like_one(tmp_path: Path, rows: int, batch_size: int) -> None:
    two = train_on_two_devices(tmp_path / "two", rows)
    one = run_training(tmp_path / "one", rows, batch_size=batch_size)
    assert two["rows"] == one.rows == pytest.approx(0.9 * rows, rel=0.02)
    assert two["val_loss"] == pytest.approx(one.val_loss, abs=0.02)


def test_workers_on_several_machines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    with pytest.raises(SettingsError) as raised:
        choose_strategy(1000)
    assert str(raised.value) == (
        "the Trainer trains on one machine, on all its GPUs\n"
        "  received: TF_CONFIG with 2 workers\n"
        "  do:       run it as one worker, on a machine with more GPUs"
    )


def test_a_worker_alone_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1"]}}))
    assert choose_strategy(1000).num_replicas_in_sync == 1
