"""Renders the kustomizations and checks objects against Kubernetes' API, for the tests of them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client

MANIFESTS = Path(__file__).parents[2] / "kubeflow" / "manifests"
Object = dict[str, Any]

# Objects of KServe are no part of Kubernetes' own API: these keys, of its documentation, are known.
_RUNTIME = {"containers", "protocolVersions", "supportedModelFormats"}
_PREDICTOR = {"minReplicas", "model", "serviceAccountName"}
_MODEL = {"modelFormat", "runtime", "storageUri"}


def render(folder: Path) -> list[Object]:
    """Returns the objects of a kustomization, with its namespace, images, patches and files."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    objects: list[Object] = []
    for resource in kustomization["resources"]:
        path = (folder / resource).resolve()
        found = render(path) if path.is_dir() else yaml.safe_load_all(path.read_text("utf-8"))
        objects.extend(found)
    for generator in kustomization.get("configMapGenerator", ()):
        data = {name: (folder / name).read_text(encoding="utf-8") for name in generator["files"]}
        metadata = {"name": generator["name"]}
        objects.append(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
        )
    for one in objects:
        if "namespace" in kustomization:
            one["metadata"]["namespace"] = kustomization["namespace"]
        for container in containers(one):
            for image in kustomization.get("images", ()):
                if container["image"] == image["name"]:
                    container["image"] = f"{image['newName']}@{image['digest']}"
        for patch in kustomization.get("patches", ()):
            if patch["target"] == {"kind": one["kind"], "name": one["metadata"]["name"]}:
                for operation in yaml.safe_load(patch["patch"]):
                    _replace(one, operation)
    return objects


def _replace(one: Object, operation: Object) -> None:
    assert operation["op"] == "replace", operation
    *parents, last = operation["path"].strip("/").split("/")
    for name in parents:
        one = one[name]
    assert last in one, f"{operation['path']} is not there"
    one[last] = operation["value"]


def pod_of(one: Object) -> Object:
    """Returns the pod that an object starts; an empty one if it starts none."""
    spec = one.get("spec", {})
    for name in ("jobTemplate", "template"):
        spec = spec.get(name, {}).get("spec", spec)
    return spec if "containers" in spec else {}


def containers(one: Object) -> list[Object]:
    """Returns the containers of an object's pod."""
    pod = pod_of(one)
    return [*pod.get("initContainers", ()), *pod.get("containers", ())]


def problems(one: Object) -> Iterator[str]:
    """Yields what Kubernetes' API would refuse: unknown fields, missing ones and wrong types."""
    kind, version = one["kind"], one["apiVersion"]
    if version.startswith("serving.kserve.io/"):
        yield from _problems_of_kserve(one)
        return
    group, _, number = version.rpartition("/")
    prefix = "" if group in ("", "apps", "batch") else group.split(".")[0].capitalize()
    name = f"{number.capitalize()}{kind}"
    model = getattr(client, name, None)
    if model is None:
        yield f"{version} {kind} is unknown {prefix}"
    else:
        yield from _problems(one, name, kind)


def _problems_of_kserve(one: Object) -> Iterator[str]:
    yield from _problems(one["metadata"], "V1ObjectMeta", "metadata")
    spec = one["spec"]
    if one["kind"] == "ServingRuntime":
        yield from (f"spec.{name} is unknown" for name in set(spec) - _RUNTIME)
        yield from _problems(spec["containers"], "list[V1Container]", "containers")
    else:
        yield from (f"predictor.{name} is unknown" for name in set(spec["predictor"]) - _PREDICTOR)
        yield from (f"model.{name} is unknown" for name in set(spec["predictor"]["model"]) - _MODEL)


def _problems(value: Any, kind: str, path: str) -> Iterator[str]:
    lists, dicts = re.fullmatch(r"list\[(.+)]", kind), re.fullmatch(r"dict\(str, (.+)\)", kind)
    if lists:
        if not isinstance(value, list):
            yield f"{path} must be a list: {value!r}"
            return
        for number, inner in enumerate(value):
            yield from _problems(inner, lists[1], f"{path}[{number}]")
    elif dicts:
        if not isinstance(value, dict):
            yield f"{path} must be a mapping: {value!r}"
            return
        for key, inner in value.items():
            yield from _problems(inner, dicts[1], f"{path}.{key}")
    elif hasattr(client, kind):
        yield from _problems_of_model(value, getattr(client, kind), path)
    elif not isinstance(value, _TYPES[kind]) or (kind != "bool" and isinstance(value, bool)):
        yield f"{path} must be {kind}: {value!r}"


_TYPES: dict[str, Any] = {
    "bool": bool, "datetime": str, "float": (float, int), "int": int,
    "object": (dict, int, list, str), "str": str,
}  # fmt: skip


def _problems_of_model(value: Any, model: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} must be a mapping: {value!r}"
        return
    names = {outer: inner for inner, outer in model.attribute_map.items()}
    for key, inner in value.items():
        if key not in names:
            yield f"{path}.{key} is unknown"
        else:
            yield from _problems(inner, model.openapi_types[names[key]], f"{path}.{key}")
    # The generated classes refuse a required field that is left out.
    known = {names[key]: inner for key, inner in value.items() if key in names}
    try:
        model(**known)
    except ValueError as error:
        yield f"{path}: {error}"
