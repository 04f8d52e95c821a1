"""A pipeline compiled for the emulator, and the emulator with its bucket."""

import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from emulator import Cluster
from packages import ACCESS_KEY, SECRET

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
def s3_bucket(s3_server: str) -> str:
    """The name of a new bucket on a server that speaks S3."""
    name = f"ml-{uuid.uuid4().hex[:8]}"
    keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET}
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=name)
    return name
