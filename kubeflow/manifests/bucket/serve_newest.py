"""Has a KServe service start anew when its bucket holds a newer model than it was started with.

It prints what it did and, for whoever wants to ask the service, the newest model's own request.
"""

import json
import os
from pathlib import Path
from typing import Any

from kubernetes import client, config

from zeroskew.files import read_if_there
from zeroskew.versions import list_versions

KIND = {"group": "serving.kserve.io", "version": "v1beta1", "plural": "inferenceservices"}
NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
VARIABLE = "MODEL_VERSION"
REQUEST = "assets.extra/request.json"


def serve_newest(api: Any, namespace: str, name: str) -> str:
    """Tells the service the number of the newest model; a change of its environment restarts it.

    Args:
        api: Kubernetes' API of custom objects.
        namespace: of the service.
        name: of the service.

    Returns:
        What was done and, if the model has a request of its own, this as a line of JSON.
    """
    service = {**KIND, "namespace": namespace, "name": name}
    model = api.get_namespaced_custom_object(**service)["spec"]["predictor"]["model"]
    versions = list_versions(model["storageUri"], "saved_model.pb")
    if not versions:
        return f"no model has been pushed to {model['storageUri']} yet"
    newest = versions[-1]
    others = [one for one in model.get("env", []) if one["name"] != VARIABLE]
    env = [*others, {"name": VARIABLE, "value": str(newest)}]
    if env == model.get("env"):
        return f"{name} was started with the newest model, {newest}{_request(model, newest)}"
    patch = {"spec": {"predictor": {"model": {"env": env}}}}
    api.patch_namespaced_custom_object(**service, body=patch)
    return f"{name} starts with model {newest}{_request(model, newest)}"


def _request(model: dict[str, Any], version: int) -> str:
    content = read_if_there(f"{model['storageUri']}/{version}/{REQUEST}")
    return f"\n{json.dumps(json.loads(content))}" if content else ""


if __name__ == "__main__":
    config.load_incluster_config()
    namespace = NAMESPACE.read_text(encoding="utf-8").strip()
    print(serve_newest(client.CustomObjectsApi(), namespace, os.environ["SERVICE"]))
