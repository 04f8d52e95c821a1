"""The rules by which an API server of Kubeflow Pipelines v2, and Argo behind it, take a pipeline.

A pipeline that passes here may still fail for reasons that only a cluster knows; one that does not
pass is refused there, or runs wrongly. TFX's own result breaks several of the rules.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from zeroskew.buckets import SCHEMES
from zeroskew.errors import SettingsError
from zeroskew.lazy import lazy_import
from zeroskew_kubeflow.compiling.package import Package
from zeroskew_kubeflow.compiling.task_rules import Defects, defects_of_dag, no_template
from zeroskew_kubeflow.step.artifact_types import title_of
from zeroskew_kubeflow.step.entrypoint import OUTPUTS_ARGUMENT

json_format = lazy_import("google.protobuf.json_format")
pipeline_spec_pb2 = lazy_import("kfp.pipeline_spec.pipeline_spec_pb2")

SCHEMA_VERSION = "2.1.0"
MOST_BYTES_OF_AN_ARGUMENT = 128 * 1024
_PIPELINE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
_STORES = (*SCHEMES, "oci://")
_STOCK_ENTRYPOINT = "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"


def validate(package: Package) -> None:
    """Proves that a compiled pipeline keeps the rules.

    Raises:
        SettingsError: it breaks some; the message names each defect.
    """
    defects = list(defects_of(package))
    if defects:
        raise SettingsError(
            f"the compiled pipeline {package.spec.get('pipelineInfo', {}).get('name', '')!r} must "
            "keep the rules of Kubeflow Pipelines",
            received="".join(f"\n    - {defect}" for defect in defects),
            action="compile it with: zeroskew kubeflow compile",
        )


def defects_of(package: Package) -> Defects:
    """Yields each rule that the pipeline breaks, and where."""
    spec = package.spec
    for path in _nulls(spec, ""):
        yield f"null at {path}: no value may be null"
    try:
        json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    except json_format.ParseError as error:
        yield f"this is no PipelineSpec: {error}"
        return
    for rule in _RULES:
        yield from rule(package)
    for name, component in {"root": spec["root"], **spec.get("components", {})}.items():
        if "dag" in component:
            yield from defects_of_dag(spec, name, component)


def _nulls(value: Any, path: str) -> Defects:
    if value is None:
        yield path
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _nulls(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _nulls(inner, f"{path}[{position}]")


def _head(package: Package) -> Defects:
    spec = package.spec
    if spec.get("schemaVersion") != SCHEMA_VERSION:
        yield f"schemaVersion is {spec.get('schemaVersion')!r}; it must be {SCHEMA_VERSION!r}"
    name = spec.get("pipelineInfo", {}).get("name", "")
    if not _PIPELINE_NAME.fullmatch(name):
        yield f"pipeline name {name!r}: small letters, digits and hyphens, 128 at most"
    if "dag" not in spec.get("root", {}):
        yield "there is no root with a dag"


def _pipeline_root(package: Package) -> Defects:
    if package.pipeline_root and not package.pipeline_root.startswith(_STORES):
        yield f"pipeline root {package.pipeline_root!r} is no bucket, but pods share no disk"


def _executors(package: Package) -> Defects:
    seen: dict[str, str] = {}
    for label, executor in sorted(package.spec.get("deploymentSpec", {})["executors"].items()):
        if "container" in executor:
            yield from _container(label, executor["container"])
            content = json.dumps(executor["container"], sort_keys=True)
            if content in seen:
                yield f"{label} is the same container as {seen[content]}, so one would be lost"
            seen.setdefault(content, label)
        elif "importer" in executor:
            yield from _importer(label, executor["importer"])
        else:
            kind = next(iter(executor), "nothing")
            yield f"{label} is a {kind}; only containers and importers are run"


def _container(label: str, container: Mapping[str, Any]) -> Defects:
    words = [*container.get("command", []), *container.get("args", [])]
    if not container.get("image"):
        yield f"{label} has no image"
    if not container.get("command"):
        yield f"{label} has no command, and an image's ENTRYPOINT is never run"
    if "lifecycle" in container:
        yield f"{label} has a lifecycle hook, which nothing runs: its driver would be left out"
    for word in words:
        if len(word.encode()) > MOST_BYTES_OF_AN_ARGUMENT:
            yield f"{label} has an argument of {len(word.encode()):,} bytes; Linux takes 131,072"
    if "--executor_class_path" in words:
        if _STOCK_ENTRYPOINT in words:
            yield f"{label} runs TFX's entrypoint, which cannot read the types of its inputs"
        elif OUTPUTS_ARGUMENT not in words:
            yield f"{label} is not told its outputs, so it would take the server's for its own"
        if "--json_serialized_inputs_spec_args" not in words:
            yield f"{label} is not told the types of its inputs, so its parameters would be lost"


def _importer(label: str, importer: Mapping[str, Any]) -> Defects:
    uri = importer.get("artifactUri", {})
    constant = uri.get("constant")
    if constant is not None and not str(constant).startswith(_STORES):
        yield f"{label} imports {constant!r}, which is in no bucket"
    elif constant is None and "runtimeParameter" not in uri:
        yield f"{label} imports nothing"


def _platform(package: Package) -> Defects:
    if not package.platform:
        return
    platforms = package.platform.get("platforms", {})
    if set(platforms) != {"kubernetes"} or package.is_job:
        yield "the platform document must be that of Kubernetes"
        return
    executors = package.spec["deploymentSpec"]["executors"]
    for label in platforms["kubernetes"].get("deploymentSpec", {}).get("executors", {}):
        if label not in executors:
            yield f"the platform document names {label}, which is no executor"


def _root_parameters(package: Package) -> Defects:
    parameters = package.spec.get("root", {}).get("inputDefinitions", {}).get("parameters", {})
    for name, parameter in sorted(parameters.items()):
        if "defaultValue" not in parameter and not parameter.get("isOptional"):
            yield f"parameter {name!r} has no default, so a scheduled run could not start"
        yield from no_template(f"parameter {name!r}", parameter.get("defaultValue"))


def _output_types(package: Package) -> Defects:
    for name, component in sorted(package.spec.get("components", {}).items()):
        outputs = component.get("outputDefinitions", {}).get("artifacts", {})
        for key, output in sorted(outputs.items()):
            if not title_of(output.get("artifactType", {})):
                yield f"{name}: the type of its output {key!r} has no title, so it would end there"


_RULES: tuple[Callable[[Package], Defects], ...] = (
    _head,
    _pipeline_root,
    _executors,
    _platform,
    _root_parameters,
    _output_types,
)
