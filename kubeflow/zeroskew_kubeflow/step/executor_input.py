"""What KFP's launcher says to a step, turned into what a TFX executor takes.

The launcher passes an ExecutorInput (JSON). On its way through KFP's metadata it loses the types
of input artifacts, turns integers and booleans to doubles, wraps lists and structs, and gains
entries of the dashboard's; all of that is repaired here. What the step does not declare, such as
the log that the server collects, is left alone: it is neither touched nor reported back.
"""

import dataclasses
import hashlib
import json
import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from zeroskew.artifacts import ABSENT
from zeroskew_kubeflow.step.artifact_types import artifact_class, title_of
from zeroskew_kubeflow.step.local_paths import LocalPaths

logger = logging.getLogger("zeroskew")

# Names of the custom properties that are booleans: ML Metadata gives these back as doubles.
BOOLEANS = "zeroskew_booleans"
_ADDED_BY_KFP = ("display_name", "store_session_info", BOOLEANS)
_KFP_PREFIX = "_kfp_"
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
    message: Mapping[str, Any],
    inputs_spec: Mapping[str, Any],
    outputs_spec: Mapping[str, Any],
    paths: LocalPaths,
) -> Invocation:
    """Reads an ExecutorInput.

    Args:
        message: the ExecutorInput, JSON form.
        inputs_spec: the ComponentInputsSpec of the compiled step, which still has the types.
        outputs_spec: its ComponentOutputsSpec.
        paths: where the launcher keeps files.
    """
    given, outputs = message.get("inputs", {}), message.get("outputs", {})
    names: dict[int, str] = {}
    read_inputs = {
        key: [_read_artifact(one, declared, paths, names) for one in listed]
        for key, listed, declared in _declared_artifacts(given, inputs_spec, "input")
        if not all(_is_absent(one) for one in listed)
    }
    read_outputs = {
        key: [_read_artifact(one, declared, paths, names) for one in listed]
        for key, listed, declared in _declared_artifacts(outputs, outputs_spec, "output")
    }
    for artifacts in (*read_inputs.values(), *read_outputs.values()):
        for artifact in artifacts:
            make_folder(artifact.uri)
    return Invocation(
        read_inputs,
        read_outputs,
        _read_properties(given.get("parameterValues", {}), inputs_spec.get("parameters", {})),
        names,
        paths.local(outputs["outputFile"]),
        tuple(
            _declared(outputs.get("parameters", {}), outputs_spec.get("parameters", {}), "output")
        ),
    )


def _declared(given: Mapping[str, Any], known: Collection[str], what: str) -> dict[str, Any]:
    """Returns what the step declares of what the server gives, and tells of the rest."""
    for name in sorted(set(given) - set(known)):
        logger.info("left alone: the server adds the %s %r", what, name)
    return {name: value for name, value in given.items() if name in known}


def _declared_artifacts(
    given: Mapping[str, Any], spec: Mapping[str, Any], what: str
) -> Iterator[tuple[str, list[Any], Mapping[str, Any]]]:
    """Yields name, artifacts and declared type of each declared input or output.

    Without ML Metadata, a step that has published twice, as its first attempt died after that, has
    two artifacts of one place.
    """
    known = spec.get("artifacts", {})
    for name, listed in _declared(given.get("artifacts", {}), known, what).items():
        by_place = {one.get("uri"): one for one in listed.get("artifacts", [])}
        yield name, list(by_place.values()), known[name].get("artifactType", {})


def _is_absent(artifact: Mapping[str, Any]) -> bool:
    return artifact.get("metadata", {}).get(ABSENT) == 1


def make_folder(place: str) -> None:
    """Makes a local folder, if there is none: no empty one is copied to a bucket, or from it."""
    if "://" not in place and not os.path.exists(place):
        os.makedirs(place)


def _read_properties(values: Mapping[str, Any], specs: Mapping[str, Any]) -> dict[str, Any]:
    declared = _declared(values, specs, "parameter")
    return {name: _as_declared(value, specs[name]) for name, value in declared.items()}


def _as_declared(value: Any, spec: Mapping[str, Any]) -> Any:
    convert = {"NUMBER_INTEGER": int, "BOOLEAN": bool}.get(spec.get("parameterType", ""))
    return convert(value) if convert and isinstance(value, (int, float)) else value


def _read_artifact(
    message: Mapping[str, Any],
    declared: Mapping[str, Any],
    paths: LocalPaths,
    names: dict[int, str],
) -> Any:
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    artifact = artifact_class(title_of(declared) or title_of(message.get("type", {})))()
    proto = mlmd.Artifact(uri=paths.local(message.get("customPath") or message.get("uri", "")))
    # Without ML Metadata a name is only that of the output, and many artifacts have the same.
    name = message.get("artifactId") or message.get("name", "")
    if name:
        proto.id = int(hashlib.sha256(name.encode()).hexdigest(), 16) % _LARGEST_ID
        names[proto.id] = name
    artifact.set_mlmd_artifact(proto)
    metadata = message.get("metadata", {})
    booleans = json.loads(metadata.get(BOOLEANS, "[]"))
    for key, value in metadata.items():
        if key not in _ADDED_BY_KFP and not key.startswith(_KFP_PREFIX) and value is not None:
            _set_property(artifact, key, bool(value) if key in booleans else _unwrap(value))
    return artifact


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
    elif kind == mlmd.BOOLEAN and isinstance(value, (bool, int, float)):
        proto.properties[key].bool_value = bool(value)
    elif kind == mlmd.STRING and isinstance(value, str):
        proto.properties[key].string_value = value
    elif kind == mlmd.STRUCT:
        proto.properties[key].struct_value.CopyFrom(tfx_artifact._encode_struct_value(value))
    else:
        stripped = key.removeprefix(tfx_artifact.CUSTOM_PROPERTIES_PREFIX)
        name = stripped if stripped in declared else key
        encoded = tfx_artifact._encode_struct_value(value)
        proto.custom_properties[name].struct_value.CopyFrom(encoded)
