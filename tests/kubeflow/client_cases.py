"""What the tests of the client share: an environment, a client, a compiled pipeline."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from api_server import ApiServer
from zeroskew_kubeflow.environment import Environment
from zeroskew_kubeflow.server.client import Client, Uploaded, connect
from zeroskew_kubeflow.server.wait import Patience

from zeroskew.errors import SettingsError

TOKEN = "a-token-that-no-message-may-show"
# Without a pause between two questions; a pod that waits is told at once.
QUICK = Patience(poll=0.0, pending=0.0)
ROOT = "s3://example-ml/pipelines/zeroskew"


def environment(host: str, **server: Any) -> Environment:
    return Environment(
        image=f"registry.example.com/zeroskew@sha256:{'0' * 64}",
        pipeline_root=ROOT,
        output="s3://example-ml/models/taxi",
        server={"host": host, "experiment": "taxi", **server},
        schedule={"cron": "0 30 4 * * *", "max_concurrency": 2},
    )


def client_of(server: ApiServer, **settings: Any) -> Client:
    return connect(environment(server.host, **settings))


def task(*after: str) -> dict[str, Any]:
    return {
        "taskInfo": {"name": "a step"},
        "componentRef": {"name": "comp"},
        "dependentTasks": list(after),
        "cachingOptions": {"enableCache": True},
    }


def write_package(folder: Path, image: str = "python:3.13", name: str = "taxi") -> Path:
    parameters = {
        "data": {"parameterType": "STRING", "defaultValue": "{}"},
        "epochs": {"parameterType": "NUMBER_INTEGER", "defaultValue": 3},
        "rate": {"parameterType": "NUMBER_DOUBLE", "defaultValue": 0.1},
        "push": {"parameterType": "BOOLEAN", "defaultValue": True},
    }
    spec = {
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.5.0",
        "pipelineInfo": {"name": name},
        "components": {"comp": {"executorLabel": "exec"}},
        "deploymentSpec": {
            "executors": {"exec": {"container": {"image": image, "command": ["true"]}}}
        },
        "root": {
            "inputDefinitions": {"parameters": parameters},
            "dag": {"tasks": {"Trainer": task("Transform"), "Transform": task()}},
        },
    }
    platform = {
        "platforms": {
            "kubernetes": {"deploymentSpec": {"executors": {"exec": {"imagePullPolicy": "Always"}}}}
        }
    }
    file = folder / "taxi.yaml"
    file.write_text(yaml.safe_dump_all([spec, platform]))
    return file


def upload(client: Client, package: Path) -> Uploaded:
    return client.upload(package, "taxi", "1f3e5a7")


def started(server: ApiServer, package: Path) -> tuple[Client, str]:
    client = client_of(server)
    return client, client.run(upload(client, package), package, "a run").run_id


def message_of(client: Client, kind: type[Exception] = SettingsError) -> str:
    with pytest.raises(kind) as caught:
        client.latest_runs()
    assert TOKEN not in str(caught.value)
    return str(caught.value)
