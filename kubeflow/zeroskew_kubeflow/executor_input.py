"""What KFP's launcher says to a step, turned into what a TFX executor takes.

The launcher passes an ExecutorInput (JSON). On its way through KFP's metadata it loses the types
of input artifacts, turns integers to doubles, wraps lists and structs, and gains entries of the
dashboard's; all of that is repaired here.
"""

import dataclasses
import hashlib
import importlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from zeroskew.artifacts import ABSENT
from zeroskew.errors import StepError
from zeroskew_kubeflow.local_paths import LocalPaths

_ADDED_BY_KFP = ("display_name", "store_session_info")
_LARGEST_ID = 1 << 63


@dataclasses.dataclass(frozen=True)
class Invocation:
    """One execution of a step.

    Attributes:
        inputs: artifacts by input; an optional input that is absent is left out.
        outputs: artifacts by output.
        properties: the execution's properties.
        names: by the integer id of an artifact, as TFX wants it, the name that KFP gave it.
        output_file: where the launcher looks for the ExecutorOutput.
        output_parameters: outputs that are passed on as values.
    """

    inputs: dict[str, list[Any]]
    outputs: dict[str, list[Any]]
    properties: dict[str, Any]
    names: dict[int, str]
    output_file: str
    output_parameters: tuple[str, ...]


def read_invocation(
    message: Mapping[str, Any], inputs_spec: Mapping[str, Any], paths: LocalPaths
) -> Invocation:
    """Reads an ExecutorInput.

    Args:
        message: the ExecutorInput, JSON form.
        inputs_spec: the ComponentInputsSpec of the compiled step, which still has the types.
        paths: where the launcher keeps files.
    """
    given, outputs = message.get("inputs", {}), message.get("outputs", {})
    names: dict[int, str] = {}
    types = inputs_spec.get("artifacts", {})
    read_inputs = {
        key: [
            _read_artifact(one, types.get(key, {}).get("artifactType", {}), paths, names)
            for one in listed["artifacts"]
        ]
        for key, listed in given.get("artifacts", {}).items()
        if not all(_is_absent(one) for one in listed.get("artifacts", []))
    }
    read_outputs = {
        key: [_read_artifact(one, {}, paths, names) for one in listed["artifacts"]]
        for key, listed in outputs.get("artifacts", {}).items()
    }
    for artifacts in (*read_inputs.values(), *read_outputs.values()):
        for artifact in artifacts:
            _make_folder(artifact.uri)
    return Invocation(
        read_inputs,
        read_outputs,
        _read_properties(given.get("parameterValues", {}), inputs_spec.get("parameters", {})),
        names,
        paths.local(outputs["outputFile"]),
        tuple(outputs.get("parameters", {})),
    )


def _is_absent(artifact: Mapping[str, Any]) -> bool:
    return artifact.get("metadata", {}).get(ABSENT) == 1


def _make_folder(uri: str) -> None:
    # An empty folder is not copied to a bucket, so it would be missing here.
    if "://" not in uri:
        os.makedirs(uri, exist_ok=True)


def _read_properties(values: Mapping[str, Any], specs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: int(value) if _is_integer(specs.get(name, {})) else value
        for name, value in values.items()
    }


def _is_integer(spec: Mapping[str, Any]) -> bool:
    return spec.get("parameterType") == "NUMBER_INTEGER"


def _read_artifact(
    message: Mapping[str, Any],
    declared: Mapping[str, Any],
    paths: LocalPaths,
    names: dict[int, str],
) -> Any:
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    received = message.get("type", {})
    artifact = artifact_class(_title(received) or _title(declared))()
    proto = mlmd.Artifact(uri=paths.local(message.get("customPath") or message.get("uri", "")))
    name = message.get("name", "")
    if name:
        proto.id = int(hashlib.sha256(name.encode()).hexdigest(), 16) % _LARGEST_ID
        names[proto.id] = name
    artifact.set_mlmd_artifact(proto)
    for key, value in message.get("metadata", {}).items():
        if key not in _ADDED_BY_KFP and value is not None:
            _set_property(artifact, key, _unwrap(value))
    return artifact


def _title(schema: Mapping[str, Any]) -> str:
    text = schema.get("instanceSchema") or ""
    return str(schema.get("schemaTitle") or (yaml.safe_load(text) or {}).get("title") or "")


def _unwrap(value: Any) -> Any:
    if isinstance(value, Mapping) and len(value) == 1:
        ((key, inner),) = value.items()
        if (key == "struct" and isinstance(inner, Mapping)) or (
            key == "list" and isinstance(inner, Sequence)
        ):
            return inner
    return value


def _set_property(artifact: Any, key: str, value: Any) -> None:
    """Sets a property of the artifact's type if its type fits, else a custom property.

    Custom properties are JSON values, as TFX's own entrypoint makes them: their getters convert.
    """
    from ml_metadata.proto import metadata_store_pb2 as mlmd
    from tfx.types import artifact as tfx_artifact

    proto, declared = artifact.mlmd_artifact, artifact.artifact_type.properties
    kind = declared.get(key)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == mlmd.INT and number:
        proto.properties[key].int_value = int(value)
    elif kind == mlmd.DOUBLE and number:
        proto.properties[key].double_value = float(value)
    elif kind == mlmd.STRING and isinstance(value, str):
        proto.properties[key].string_value = value
    elif kind == mlmd.STRUCT:
        proto.properties[key].struct_value.CopyFrom(tfx_artifact._encode_struct_value(value))
    else:
        stripped = key.removeprefix(tfx_artifact.CUSTOM_PROPERTIES_PREFIX)
        name = stripped if stripped in declared else key
        encoded = tfx_artifact._encode_struct_value(value)
        proto.custom_properties[name].struct_value.CopyFrom(encoded)


def artifact_class(title: str) -> type[Any]:
    """Returns the class of an artifact type.

    Args:
        title: `tfx.Examples` for a type of TFX's; `room.Type` for a class of `room.artifacts`;
            else the path of the class.

    Raises:
        StepError: there is no such class.
    """
    package, _, name = title.rpartition(".")
    if package == "tfx":
        modules = ["tfx.types.standard_artifacts", "tfx.types.artifact"]
    else:
        modules = [f"{package}.artifacts", package]
    for module in filter(None, modules):
        try:
            found = getattr(importlib.import_module(module), name, None)
        except ModuleNotFoundError:
            continue
        if isinstance(found, type):
            return found
    raise StepError(
        "each type of artifact must have its class in the image",
        allowed="a TYPE_NAME of the form room.Type, with the class in room/artifacts.py",
        received=repr(title),
    )
