"""The rules for the tasks of a pipeline: their inputs, conditions, caching and retries."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from zeroskew_kubeflow.compiling.ir import ARTIFACT_OF_CONDITION

Defects = Iterator[str]

LEAST_RETRY_WINDOW_SECONDS = 24 * 3600
_TASK_NAME = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]{0,127}")


def defects_of_dag(spec: Mapping[str, Any], name: str, component: Mapping[str, Any]) -> Defects:
    """Yields each rule that the tasks of a DAG break.

    Args:
        spec: the PipelineSpec.
        name: of the component that holds the DAG.
        component: that component.
    """
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
        yield from _retries(where, task)


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
        yield from no_template(f"{where}: {name!r}", (value or {}).get("constant"))
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
    # A `cacheKey` is no way out: servers up to 2.18 do not read it.
    if reads_a_path and task.get("cachingOptions", {}).get("enableCache"):
        yield f"{where} would be cached for ever: the cache knows its input_base by name alone"


def _retries(where: str, task: Mapping[str, Any]) -> Defects:
    """The window of all attempts begins with the first one, however long that takes."""
    policy = task.get("retryPolicy", {})
    window = float(str(policy.get("backoffMaxDuration", "0")).removesuffix("s"))
    if policy.get("maxRetryCount") and window < LEAST_RETRY_WINDOW_SECONDS:
        yield (
            f"{where} is tried again only within {window:g} seconds of its first start "
            "(backoffMaxDuration); give it a day at least"
        )


def no_template(what: str, value: Any) -> Defects:
    """Yields what is wrong with a value in which Argo would replace something.

    Args:
        what: names the value.
        value: of a constant or a default.
    """
    if is_template(value):
        yield f"{what} holds '{{{{', which Argo takes for a template of its own"


def is_template(value: Any) -> bool:
    """Says whether Argo would put something in the place of a part of a value."""
    return isinstance(value, str) and "{{" in value
