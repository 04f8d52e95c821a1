"""What Kubernetes needs beside the pipeline: secrets, volumes, nodes.

The format is KFP's KubernetesExecutorConfig, one for each executor label.
"""

from typing import Any

from zeroskew_kubeflow.compiling.ir import Spec, containers_of
from zeroskew_kubeflow.environment import Environment, Toleration


def platform_spec(environment: Environment, spec: Spec) -> dict[str, Any]:
    """Returns the platform document; an empty one if there is nothing to say."""
    config = _config(environment)
    if not config:
        return {}
    executors = {label: config for label, _ in containers_of(spec)}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def _config(environment: Environment) -> dict[str, Any]:
    config: dict[str, Any] = {
        "secretAsEnv": [
            {
                "secretName": one.secret,
                "keyToEnv": [{"secretKey": one.key, "envVar": one.variable}],
            }
            for one in environment.secrets
        ],
        "pvcMount": [
            {"constant": volume.claim, "mountPath": volume.path} for volume in environment.volumes
        ],
        "tolerations": [_toleration(one) for one in environment.tolerations],
        "imagePullSecret": [{"secretName": name} for name in environment.image_pull_secrets],
        "imagePullPolicy": environment.image_pull_policy,
    }
    if environment.node_selector:
        config["nodeSelector"] = {"labels": environment.node_selector}
    return {key: value for key, value in config.items() if value}


def _toleration(toleration: Toleration) -> dict[str, str]:
    return toleration.model_dump(exclude_none=True)
