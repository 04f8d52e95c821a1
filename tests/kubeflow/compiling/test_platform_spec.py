"""The platform document, held against the format that KFP's driver reads."""

from typing import Any

import kfp
import pytest
from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2 as published
from zeroskew_kubeflow.compiling.platform_spec import platform_spec
from zeroskew_kubeflow.environment import Environment

SPEC = {"deploymentSpec": {"executors": {"Trainer_executor": {"container": {"image": "a"}}}}}
# What the format of KFP 2.5 did not have yet; servers of that age leave it out.
YOUNGER = {"imagePullPolicy", "imagePullSecret", "tolerations"}


@pytest.fixture
def config() -> dict[str, Any]:
    """All that an environment can say of it."""
    environment = Environment(
        image="zeroskew:dev",
        cache=False,
        image_pull_policy="Always",
        image_pull_secrets=["registry"],
        pipeline_root="s3://ml/root",
        output="/output/taxi",
        secrets=[{"variable": "AWS_SECRET_ACCESS_KEY", "secret": "bucket", "key": "secret-key"}],
        volumes=[{"claim": "zeroskew-output", "path": "/output"}],
        node_selector={"pool": "ml"},
        tolerations=[{"key": "dedicated", "value": "ml", "effect": "NoSchedule"}],
    )
    document = platform_spec(environment, SPEC)
    executors = document["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    return dict(executors["Trainer_executor"])


def test_the_published_format_has_each_of_its_fields(config: dict[str, Any]) -> None:
    fields = {field.json_name for field in published.KubernetesExecutorConfig.DESCRIPTOR.fields}
    is_young = int(kfp.__version__.split(".")[1]) > 5
    assert set(config) - fields == (set() if is_young else YOUNGER)

    known = {name: value for name, value in config.items() if name in fields}
    message = json_format.ParseDict(known, published.KubernetesExecutorConfig())
    assert json_format.MessageToDict(message) == known
    assert message.secret_as_env[0].key_to_env[0].env_var == "AWS_SECRET_ACCESS_KEY"
    assert message.pvc_mount[0].mount_path == "/output"


def test_the_format_has_no_others(config: dict[str, Any]) -> None:
    assert set(config) == YOUNGER | {"secretAsEnv", "pvcMount", "nodeSelector"}
