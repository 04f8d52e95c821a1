"""What a TFX executor has made, turned into what KFP's launcher takes."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zeroskew.buckets import is_bucket
from zeroskew.errors import StepError
from zeroskew.files import write_atomically
from zeroskew_kubeflow.step.executor_input import BOOLEANS, Invocation, make_folder
from zeroskew_kubeflow.step.local_paths import LocalPaths
from zeroskew_kubeflow.step.pages import PAGE_TITLE, shown_file


def executor_output(invocation: Invocation, paths: LocalPaths) -> dict[str, Any]:
    """Returns the ExecutorOutput, JSON form.

    Raises:
        StepError: an artifact is in no bucket, so the launcher would lose it without a word.
    """
    message: dict[str, Any] = {
        "artifacts": {
            key: {"artifacts": [_artifact(one, key, invocation, paths) for one in artifacts]}
            for key, artifacts in invocation.outputs.items()
        }
    }
    if invocation.output_parameters:
        message["parameterValues"] = {
            key: _value(invocation.outputs, key) for key in invocation.output_parameters
        }
    return message


def write_output(message: Mapping[str, Any], file: str) -> None:
    """Writes the ExecutorOutput whole, or not at all."""
    write_atomically(Path(file), json.dumps(message, sort_keys=True))


def _artifact(artifact: Any, key: str, invocation: Invocation, paths: LocalPaths) -> dict[str, Any]:
    names = invocation.names
    if artifact.type_name == PAGE_TITLE:
        artifact.uri = shown_file(artifact, invocation.inputs, paths)
    uri = paths.uri(artifact.uri)
    if not is_bucket(uri):
        raise StepError(
            "what a step makes must lie where the launcher looks for it",
            allowed="a folder in the pipeline's root",
            received=f"{key} at {artifact.uri}",
        )
    # Servers without ML Metadata take a folder that is not there for a step that failed.
    make_folder(artifact.uri)
    custom = {
        _custom_name(artifact, name): value
        for name, value in _json_properties(artifact.mlmd_artifact.custom_properties, names).items()
    }
    metadata = {**_json_properties(artifact.mlmd_artifact.properties, names), **custom}
    booleans = sorted(name for name, value in custom.items() if isinstance(value, bool))
    if booleans:
        metadata[BOOLEANS] = json.dumps(booleans)
    message = {"uri": uri, "metadata": paths.without_local(metadata)}
    return {**message, "name": names[artifact.id]} if artifact.id in names else message


def _custom_name(artifact: Any, name: str) -> str:
    from tfx.types.artifact import CUSTOM_PROPERTIES_PREFIX

    return CUSTOM_PROPERTIES_PREFIX + name if name in artifact.artifact_type.properties else name


def _json_properties(properties: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    found = {name: _json_value(value, names) for name, value in properties.items()}
    return {name: value for name, value in found.items() if value is not None}


def _json_value(value: Any, names: Mapping[int, str]) -> Any:
    from tfx.types import artifact as tfx_artifact

    kind = value.WhichOneof("value")
    if kind == "int_value":
        # An artifact's id is a name in KFP; as a number it would lose its last digits.
        return names.get(value.int_value, value.int_value)
    if kind == "struct_value":
        return tfx_artifact._decode_struct_value(value.struct_value)
    return getattr(value, kind) if kind in ("double_value", "string_value", "bool_value") else None


def _value(outputs: Mapping[str, list[Any]], key: str) -> Any:
    """Reads an output that is passed on as a value."""
    if key not in outputs or not os.path.exists(outputs[key][0].uri):
        raise StepError("a step must write each value that it passes on", received=f"no {key}")
    return outputs[key][0].read()
