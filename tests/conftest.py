"""What several rooms test against: a server that speaks S3."""

import gc
import uuid
from collections.abc import Iterator

import boto3
import hypothesis
import pytest
from moto.server import ThreadedMotoServer

# The first example imports what all others need, and a test asserts no time.
hypothesis.settings.register_profile("zeroskew", deadline=None)
hypothesis.settings.load_profile("zeroskew")

KEYS = {"AWS_ACCESS_KEY_ID": "a-key", "AWS_SECRET_ACCESS_KEY": "a-secret-that-no-log-may-show"}


@pytest.hookimpl(hookwrapper=True)
def pytest_collection() -> Iterator[None]:
    """Imports what lives to the end, so that no search for garbage need go through it."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a new bucket on it, `s3://...`, with the environment that reaches it."""
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": s3_server, "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    name = f"bucket-{uuid.uuid4().hex[:8]}"
    boto3.client("s3", endpoint_url=s3_server).create_bucket(Bucket=name)
    return f"s3://{name}"
