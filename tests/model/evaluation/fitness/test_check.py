"""A model is asked in a process of its own, and whatever becomes of that is a result."""

import dataclasses
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from model.evaluation.fitness import check
from model.evaluation.fitness.check import Fitness, check_fitness
from model.feature_engineering.typical_row import typical_row
from model.serving.requests import WARMUP, write_requests


@pytest.fixture(scope="module")
def complete(world: Any, model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of all kinds of features, with the requests beside it."""
    folder = Path(shutil.copytree(model_dir, tmp_path_factory.mktemp("complete") / "model"))
    columns = [world.columns[name] for name in world.features.sources]
    write_requests(str(folder), columns, typical_row(None, columns))
    return folder


@pytest.fixture(scope="module")
def fitness(complete: Path) -> Fitness:
    return check_fitness(str(complete))


def test_a_model_of_all_kinds_is_fit(fitness: Fitness) -> None:
    assert fitness.failure == ""
    assert fitness.tensorflow == tf.__version__
    assert fitness.replayed == 4
    assert [one for one in fitness.asked if not one.passed] == []
    assert [one.request for one in fitness.asked] == [
        "text in 'age', which takes numbers",
        "a number in 'company', which takes text",
        "a value too deep in brackets in 'age'",
        "a value too deep in brackets in 'paid'",
        "two values of 'age' and one of each other column",
        "no 'age'",
        "text instead of a tf.Example",
        "half instead of a tf.Example",
        "0 rows at once",
        "10,000 rows at once",
    ]
    refusals = [one.answer for one in fitness.asked[:8]]
    assert [text for text in refusals if not text.startswith("refused: ")] == []


def test_it_is_measured(fitness: Fitness) -> None:
    assert [one.signature for one in fitness.speeds] == ["serving_columns", "serving_default"]
    for one in fitness.speeds:
        assert 0 < one.p50_ms <= one.p99_ms
        assert one.rows_per_second > 1000 / one.p50_ms
    assert 0 < fitness.memory_mib < 4096
    assert fitness.load_seconds > 0


def test_it_is_the_same_after_json(fitness: Fitness) -> None:
    assert Fitness.of(json.loads(json.dumps(dataclasses.asdict(fitness)))) == fitness


def test_what_plain_tensorflow_cannot_load_is_said(tmp_path: Path) -> None:
    found = check_fitness(str(tmp_path))
    assert found.failure.startswith("could not load the model with plain TensorFlow: OSError: ")
    assert (found.asked, found.speeds) == ([], [])


def test_a_broken_warm_up_request_is_said(complete: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(complete, tmp_path / "model"))
    (folder / WARMUP).write_bytes(b"none" * 10)
    assert check_fitness(str(folder)).failure.startswith(
        "could not replay the warm-up requests: DataLossError: "
    )


SAYS = "import json\nprint(json.dumps({'doing': 'ask 0 rows at once'}), flush=True)\n"


@pytest.mark.parametrize(
    ("program", "failure"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "died of SIGSEGV"),
        ("import time\ntime.sleep(60)", "did not end within 1 s"),
        ("print('{\"half', end='')\nraise SystemExit('no more')", "failed: no more"),
    ],
)
def test_how_a_process_ended_is_said(
    program: str, failure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "probe.py").write_text(SAYS + program)
    monkeypatch.setattr(check, "_PROBE", tmp_path / "probe.py")
    found = check_fitness("anything", timeout=1)
    assert found.failure == f"{failure}, when it was to ask 0 rows at once"


def test_the_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    parent = (
        "import subprocess, sys\n"
        "command = [sys.executable, '-I', sys.argv[1], sys.argv[2]]\n"
        "print(subprocess.Popen(command, stdin=subprocess.PIPE).pid, flush=True)\n"
    )
    command = [sys.executable, "-c", parent, str(check._PROBE), str(tmp_path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    child = Path("/proc", done.stdout.splitlines()[0])
    deadline = time.monotonic() + 30
    while child.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not child.exists()
