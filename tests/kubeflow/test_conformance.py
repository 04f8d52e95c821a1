"""The whole taxi pipeline, each step by its container's command, against a bucket that speaks S3.

The server has ML Metadata, and each step is killed once. The image is tested with S3 on a server
without.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import command_line
import pytest
from conformance import A_LONG_STEP, KILLED, OnS3, OnS3Checks, s3_environment
from emulator import KFP_2_17, S3Store
from packages import ACCESS_KEY, SECRET, compile_for

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def on_s3(new_cluster, s3_server, new_bucket, tmp_path_factory) -> OnS3:
    bucket = new_bucket()
    environment = s3_environment(s3_server, bucket)
    package = compile_for(
        environment.pop("output"), environment.pop("pipeline_root"), **environment
    )
    cluster = new_cluster(
        S3Store(s3_server, ACCESS_KEY, SECRET),
        world=KFP_2_17,
        default_root=f"s3://{bucket}/pipelines",
        kill=dict(KILLED),
        longer=A_LONG_STEP,
    )
    return OnS3(package, cluster, bucket, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Path:
    """The model that the same settings give on this machine without Kubeflow."""
    output, done = command_line.taxi_run(tmp_path_factory)
    assert done.exit_code == 0, done.stderr
    (version,) = command_line.versions(output)
    return version


@pytest.fixture(scope="module")
def predict() -> Callable[[Path], list[Any]]:
    def ask(model: Path) -> list[Any]:
        done = command_line.zeroskew("predict", "--model", model, "--limit", 500, "--json")
        assert done.exit_code == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


class TestOnS3(OnS3Checks):
    """All that holds for a first run, wherever it runs."""
