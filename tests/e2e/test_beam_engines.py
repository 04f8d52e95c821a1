"""Beam's other engines must write what this machine's writes.

The job server and the pool of workers are Beam's own, as processes on loopback: the path that
submits to Flink and Spark is the same, but these engines themselves cannot be had here.
"""

import contextlib
import dataclasses
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from command_line import write_trips, zeroskew
from tensorflow_metadata.proto.v0 import statistics_pb2
from zeroskew_command import Run

from benchmarks.statistics_difference import find_differences
from zeroskew.encoding.record_batches import read_record_batches

pytestmark = pytest.mark.e2e

ROWS = {"train": 12_002, "eval": 3_000}
GROWING = 4
"""ExampleGen, StatisticsGen, Transform and Evaluator: a job each."""

LIFETIME = "1200"
"""Seconds after which a service ends by itself, should this process be killed before it."""


@dataclasses.dataclass(frozen=True)
class Engine:
    """A job server and a pool of workers.

    Attributes:
        options: of the command line, for a runner that has job_endpoint.
        jobs: the log of the job server.
        workers: the log of the pool.
    """

    options: tuple[str, ...]
    jobs: Path
    workers: Path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def service(log: Path, port: int, *module: str) -> Iterator[None]:
    """Runs a module of Beam that serves on a port; ends it, and all that it started."""
    # The pool starts its workers with a bare `python`.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            ["timeout", "--signal=KILL", LIFETIME, sys.executable, "-m", *module],
            env={**os.environ, "PATH": path},
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(port, process, log)
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("localhost", port), 1).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing serves port {port}: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    port, pool = free_port(), free_port()
    settings = {
        "job_endpoint": f"localhost:{port}",
        "environment": "external",
        "worker_pool": f"localhost:{pool}",
    }
    options = tuple(word for key in settings for word in ("--set", f"beam.{key}={settings[key]}"))
    made = Engine(options, folder / "jobs.log", folder / "workers.log")
    jobs = ("apache_beam.runners.portability.local_job_service_main", f"--port={port}")
    workers = ("apache_beam.runners.worker.worker_pool_main", f"--service_port={pool}")
    with service(made.jobs, port, *jobs), service(made.workers, pool, *workers):
        yield made


@pytest.fixture(scope="module", params=["portable", "two_processes"])
def other_run(
    request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Run]:
    """The built-in use case on another engine: its output folder, and the run."""
    options = {
        "portable": ("--set", "beam.runner=portable", *engine.options),
        "two_processes": ("--set", "beam.workers=2"),
    }[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    return folder, zeroskew("run", "--output", folder, "--json", *options)


def artifacts(output: Path, pattern: str) -> list[Path]:
    found = sorted((output / "artifacts").glob(pattern))
    assert found, pattern
    return found


def records(files: list[Path]) -> list[bytes]:
    dataset = tf.data.TFRecordDataset([str(file) for file in files], compression_type="GZIP")
    return [record.numpy() for record in dataset]


def columns(serialized: list[bytes]) -> dict[str, Any]:
    """Returns the sorted values of each feature: an engine may change the order of the rows."""
    found: dict[str, list[Any]] = {}
    for record in serialized:
        for name, feature in tf.train.Example.FromString(record).features.feature.items():
            kind = feature.WhichOneof("kind")
            found.setdefault(name, []).extend(getattr(feature, kind).value)
    return {name: np.sort(values) for name, values in found.items()}


def test_the_run_ends_as_the_local_one_does(first_run: Run, other_run: tuple[Path, Run]) -> None:
    _, run = other_run
    assert run.exit_code == 0, run.stderr
    assert run.summary["rows"] == first_run.summary["rows"] == ROWS
    # The engine hands the rows on in another order, so the network sees them in another order.
    for name, tolerance in {"auc": 0.005, "accuracy": 0.005, "ece": 0.02}.items():
        here = first_run.summary["metrics"][name]
        assert run.summary["metrics"][name] == pytest.approx(here, abs=tolerance)


@pytest.mark.parametrize("split", list(ROWS))
def test_examples_are_the_same_to_the_byte(
    first_run: Run, output: Path, other_run: tuple[Path, Run], split: str
) -> None:
    pattern = f"ExampleGen/examples/*/Split-{split}/*.gz"
    here, there = (records(artifacts(folder, pattern)) for folder in (output, other_run[0]))
    assert len(there) == ROWS[split]
    assert there == here


@pytest.mark.parametrize("split", list(ROWS))
def test_statistics_are_equal(
    first_run: Run, output: Path, other_run: tuple[Path, Run], split: str
) -> None:
    pattern = f"StatisticsGen/statistics/*/Split-{split}/FeatureStats.pb"
    here, there = (
        statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
        for folder in (output, other_run[0])
        for file in artifacts(folder, pattern)
    )
    assert there.datasets[0].num_examples == ROWS[split]
    (rows,) = artifacts(output, f"ExampleGen/examples/*/Split-{split}/*.gz")
    assert find_differences(here, there, read_record_batches(str(rows))) == []


def test_vocabularies_are_the_same_files(
    first_run: Run, output: Path, other_run: tuple[Path, Run]
) -> None:
    pattern = "Transform/transform_graph/*/transform_fn/assets/*"
    here, there = (
        {file.name: file.read_bytes() for file in artifacts(folder, pattern)}
        for folder in (output, other_run[0])
    )
    assert set(here) == {"vocabularies", "vocabulary_weights"}
    assert here["vocabularies"].startswith(b"\tpayment_type\npayment_type\tCash\n")
    assert there == here


@pytest.mark.parametrize("split", list(ROWS))
def test_transformed_examples_are_equal(
    first_run: Run, output: Path, other_run: tuple[Path, Run], split: str
) -> None:
    pattern = f"Transform/transformed_examples/*/Split-{split}/*.gz"
    here, there = (
        columns(records(artifacts(folder, pattern))) for folder in (output, other_run[0])
    )
    assert set(there) == set(here)
    assert len(there["big_tip"]) == ROWS[split]
    for name in here:
        np.testing.assert_allclose(there[name], here[name], rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("other_run", ["portable"], indirect=True)
def test_the_pool_did_the_work(engine: Engine, other_run: tuple[Path, Run]) -> None:
    assert engine.jobs.read_text().count("with state DONE") >= GROWING
    assert engine.workers.read_text().count("Starting worker") >= GROWING


@pytest.mark.parametrize("runner", ["flink", "spark"])
def test_flinks_and_sparks_runners_submit_to_a_job_server_in_the_same_way(
    engine: Engine, tmp_path: Path, runner: str
) -> None:
    before = engine.jobs.read_text().count("with state DONE")
    data = write_trips(tmp_path / "trips.csv", lambda number, row: row, rows=600)
    where = ("--output", tmp_path / "out", "--data", data, "--json")
    run = zeroskew("ingest", *where, "--set", f"beam.runner={runner}", *engine.options)
    assert run.exit_code == 0, run.stderr
    assert sum(run.summary["rows"].values()) == 600
    assert engine.jobs.read_text().count("with state DONE") == before + 2


def test_a_run_on_one_process_does_not_ask_for_another_engine(first_run: Run) -> None:
    log = Path(first_run.summary["log_path"]).read_text(encoding="utf-8")
    assert "Going to run a new execution" in log
    for name in ("PrismRunner", "tfx_ephemeral", "Downloading"):
        assert name not in log
