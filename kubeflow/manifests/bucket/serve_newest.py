"""Has a KServe service start anew when its bucket holds a newer model than it was started with."""

import os
from pathlib import Path
from typing import Any

from kubernetes import client, config

from zeroskew.versions import list_versions

KIND = {"group": "serving.kserve.io", "version": "v1beta1", "plural": "inferenceservices"}
NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
VARIABLE = "MODEL_VERSION"


def serve_newest(api: Any, namespace: str, name: str) -> str:
    """Tells the service the number of the newest model; a change of its environment restarts it.

    Args:
        api: Kubernetes' API of custom objects.
        namespace: of the service.
        name: of the service.

    Returns:
        What was done.
    """
    service = {**KIND, "namespace": namespace, "name": name}
    model = api.get_namespaced_custom_object(**service)["spec"]["predictor"]["model"]
    versions = list_versions(model["storageUri"], "saved_model.pb")
    if not versions:
        return f"no model has been pushed to {model['storageUri']} yet"
    others = [one for one in model.get("env", []) if one["name"] != VARIABLE]
    env = [*others, {"name": VARIABLE, "value": str(versions[-1])}]
    if env == model.get("env"):
        return f"{name} was started with the newest model, {versions[-1]}"
    patch = {"spec": {"predictor": {"model": {"env": env}}}}
    api.patch_namespaced_custom_object(**service, body=patch)
    return f"{name} starts with model {versions[-1]}"


if __name__ == "__main__":
    config.load_incluster_config()
    namespace = NAMESPACE.read_text(encoding="utf-8").strip()
    print(serve_newest(client.CustomObjectsApi(), namespace, os.environ["SERVICE"]))
