"""A pipeline compiled for the emulator, and the emulator with its bucket."""

import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from emulator import WORLDS, Cluster
from packages import ACCESS_KEY, SECRET
from small_pipelines import new_cluster as small_cluster

pytest.register_assert_rewrite("conformance")


@pytest.fixture(scope="module")
def new_cluster(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Cluster]:
    """Makes clusters whose steps run on this machine."""

    def make(store: object, **attributes: object) -> Cluster:
        folder = tmp_path_factory.mktemp("cluster")
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        return Cluster(
            store,  # type: ignore[arg-type]
            folder / "disk",
            folder / "logs",
            environment=environment,
            claims=frozenset({"zeroskew-output"}),
            secrets={"bucket": {"access-key": ACCESS_KEY, "secret-key": SECRET}},
            **attributes,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture(scope="module")
def new_bucket(s3_server: str) -> Callable[[], str]:
    """Makes buckets on a server that speaks S3, and returns their names."""

    def make() -> str:
        name = f"ml-{uuid.uuid4().hex[:8]}"
        keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET}
        client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1", **keys)
        client.create_bucket(Bucket=name)
        return name

    return make


@pytest.fixture(params=WORLDS, ids=lambda world: world.name)
def cluster(tmp_path: Path, request: pytest.FixtureRequest) -> Cluster:
    """A cluster for small pipelines, of each version."""
    return small_cluster(request.param, tmp_path)
