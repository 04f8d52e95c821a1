"""The rules by which an API server of Kubeflow Pipelines v2, and Argo behind it, take a pipeline.

A pipeline that passes here may still fail for reasons that only a cluster knows; one that does not
pass is refused there, or runs wrongly. TFX's own result breaks several of the rules.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from zeroskew.buckets import SCHEMES
from zeroskew.errors import SettingsError
from zeroskew.lazy import lazy_import
from zeroskew_kubeflow.ir import ARTIFACT_OF_CONDITION
from zeroskew_kubeflow.package import Package

json_format = lazy_import("google.protobuf.json_format")
pipeline_spec_pb2 = lazy_import("kfp.pipeline_spec.pipeline_spec_pb2")

SCHEMA_VERSION = "2.1.0"
MOST_BYTES_OF_AN_ARGUMENT = 128 * 1024
_PIPELINE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
_TASK_NAME = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]{0,127}")
_STORES = (*SCHEMES, "oci://")
_STOCK_ENTRYPOINT = "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"

Defects = Iterator[str]


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
            yield from _defects_of_dag(spec, name, component)


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


_RULES: tuple[Callable[[Package], Defects], ...] = (
    _head,
    _pipeline_root,
    _executors,
    _platform,
    _root_parameters,
)


def _defects_of_dag(spec: Mapping[str, Any], name: str, component: Mapping[str, Any]) -> Defects:
    tasks = component["dag"]["tasks"]
    inputs = component.get("inputDefinitions", {}).get("parameters", {})
    for task_name, task in sorted(tasks.items()):
        where = task_name if name == "root" else f"{name}/{task_name}"
        if not _TASK_NAME.fullmatch(task_name):
            yield f"step name {where!r}: letters, digits and hyphens; give it another `.with_id()`"
        yield from _component(spec, where, task)
        for upstream in task.get("dependentTasks", []):
            if upstream not in tasks:
                yield f"{where} waits for {upstream!r}, which is no step"
        yield from _parameters(spec, where, task, tasks, inputs)
        yield from _artifacts(spec, where, task, tasks)
        yield from _condition(where, task)
        yield from _caching(where, task)


def _component(spec: Mapping[str, Any], where: str, task: Mapping[str, Any]) -> Defects:
    reference = task.get("componentRef", {}).get("name")
    component = spec.get("components", {}).get(reference)
    if component is None:
        yield f"{where} is of the component {reference!r}, which is not there"
        return
    label = component.get("executorLabel")
    if "dag" not in component and label not in spec["deploymentSpec"]["executors"]:
        yield f"{where} has the executor {label!r}, which is not there"
    for name, parameter in component.get("inputDefinitions", {}).get("parameters", {}).items():
        if "parameterType" not in parameter:
            yield f"{where}: the type of {name!r} is written as in schema 2.0"


def _parameters(
    spec: Mapping[str, Any],
    where: str,
    task: Mapping[str, Any],
    tasks: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> Defects:
    for name, source in sorted(task.get("inputs", {}).get("parameters", {}).items()):
        value = source.get("runtimeValue")
        if value is not None and set(value) != {"constant"}:
            yield f"{where}: {name!r} is given as {', '.join(value)}; it must be a constant"
        parent = source.get("componentInputParameter")
        if parent is not None and parent not in inputs:
            yield f"{where}: {name!r} is the parameter {parent!r}, which is not passed to it"
        output = source.get("taskOutputParameter")
        if output is not None:
            known = _outputs(spec, tasks, output.get("producerTask", ""), "parameters")
            yield from _produced(where, name, output, output.get("outputParameterKey"), known)
        if name == "module_path" and value and str(value.get("constant", "")):
            yield f"{where}: code is taken from {value['constant']!r}; it belongs in the image"


def _artifacts(
    spec: Mapping[str, Any], where: str, task: Mapping[str, Any], tasks: Mapping[str, Any]
) -> Defects:
    for name, source in sorted(task.get("inputs", {}).get("artifacts", {}).items()):
        output = source.get("taskOutputArtifact")
        if output is not None:
            known = _outputs(spec, tasks, output.get("producerTask", ""), "artifacts")
            yield from _produced(where, name, output, output.get("outputArtifactKey"), known)


def _outputs(
    spec: Mapping[str, Any], tasks: Mapping[str, Any], task: str, kind: str
) -> set[str] | None:
    if task not in tasks:
        return None
    component = spec.get("components", {}).get(tasks[task].get("componentRef", {}).get("name"), {})
    return set(component.get("outputDefinitions", {}).get(kind, {}))


def _produced(
    where: str, name: str, output: Mapping[str, Any], key: str | None, known: set[str] | None
) -> Defects:
    producer = output.get("producerTask")
    if known is None:
        yield f"{where}: {name!r} comes from {producer!r}, which is no step"
    elif key not in known:
        yield f"{where}: {name!r} is the output {key!r} of {producer}, which has none of that name"


def _condition(where: str, task: Mapping[str, Any]) -> Defects:
    known = task.get("inputs", {}).get("artifacts", {})
    for name in ARTIFACT_OF_CONDITION.findall(task.get("triggerPolicy", {}).get("condition", "")):
        if name not in known:
            yield f"{where}: its condition asks for {name!r}, which is not passed to it"


def _caching(where: str, task: Mapping[str, Any]) -> Defects:
    reads_a_path = "input_base" in task.get("inputs", {}).get("parameters", {})
    options = task.get("cachingOptions", {})
    if reads_a_path and options.get("enableCache") and "cacheKey" not in options:
        yield f"{where} would be cached for ever: the cache knows its input_base by name alone"
