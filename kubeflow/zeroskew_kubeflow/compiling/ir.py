"""Repairs of the pipeline that TFX compiles, each a small change of a dictionary.

The dictionary is a PipelineSpec of schema 2.1.0 in its JSON form; see `docs/kubeflow.md` for what
goes wrong on open-source Kubeflow Pipelines without each of them.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from zeroskew_kubeflow.environment import Accelerator
from zeroskew_kubeflow.step.artifact_types import title_of
from zeroskew_kubeflow.step.entrypoint import OUTPUTS_ARGUMENT
from zeroskew_kubeflow.step.pages import PAGE_TITLE

Spec = dict[str, Any]
# The time, counted from the start of a step's first attempt, after which it is not tried again.
RETRY_WINDOW_SECONDS = 7 * 24 * 3600
ARTIFACT_OF_CONDITION = re.compile(r"inputs\.artifacts\['([^']*)'\]")
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18} | {
    f"{prefix}i": 1024**power for power, prefix in enumerate("kMGTPE", start=1)
}


def executor_label(step: str) -> str:
    """Returns the label under which TFX files a step's executor."""
    return f"{step}_executor"


def tasks_of(spec: Spec) -> dict[str, Any]:
    """Returns the tasks of the root."""
    tasks: dict[str, Any] = spec["root"]["dag"]["tasks"]
    return tasks


def containers_of(spec: Spec) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields executor label and container of each step that runs one."""
    for label, executor in spec["deploymentSpec"]["executors"].items():
        if "container" in executor:
            yield label, executor["container"]


def set_defaults(spec: Spec, defaults: Mapping[str, Any]) -> None:
    """Gives the pipeline's parameters the defaults that TFX drops; a run could not start else."""
    parameters = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    for name, parameter in parameters.items():
        if name in defaults:
            parameter["defaultValue"] = defaults[name]


def correct_producers(spec: Spec) -> None:
    """Corrects the producer of a value that one step passes to another: TFX adds `_task` to it."""
    tasks = tasks_of(spec)
    for task in tasks.values():
        for source in task.get("inputs", {}).get("parameters", {}).values():
            output = source.get("taskOutputParameter", {})
            producer = output.get("producerTask", "")
            if producer not in tasks and producer.removesuffix("_task") in tasks:
                output["producerTask"] = producer.removesuffix("_task")


def correct_conditions(spec: Spec) -> None:
    """Corrects a condition on an artifact that its step takes as an input too.

    TFX calls it by producer and output, which is what it calls an input that the condition alone
    needs; but then the step has the artifact once, under the name of its own input.
    """
    for task in tasks_of(spec).values():
        policy = task.get("triggerPolicy", {})
        for name, source in task.get("inputs", {}).get("artifacts", {}).items():
            output = source.get("taskOutputArtifact")
            if output and "condition" in policy:
                implicit = f"_{output['producerTask']}.{output['outputArtifactKey']}"
                policy["condition"] = policy["condition"].replace(f"['{implicit}']", f"['{name}']")


def drop_lifecycles(spec: Spec) -> None:
    """Removes the hook that runs an ExampleGen's driver on Vertex AI: nothing else reads it."""
    for _, container in containers_of(spec):
        container.pop("lifecycle", None)


def identify_components(spec: Spec) -> None:
    """Makes each container unlike all others: Kubeflow files them by a hash of their content."""
    for label, container in containers_of(spec):
        container["args"].append(f"--component_id={label.removesuffix('_executor')}")


def declare_outputs(spec: Spec) -> None:
    """Tells each step what it makes: a server may add outputs of its own to what it asks for."""
    executors = spec["deploymentSpec"]["executors"]
    for component in spec["components"].values():
        container = executors.get(component.get("executorLabel"), {}).get("container")
        if container is not None:
            outputs = json.dumps(component.get("outputDefinitions", {}), sort_keys=True)
            container["args"] += [OUTPUTS_ARGUMENT, outputs]


def show_pages(spec: Spec) -> None:
    """Gives the server a page as HTML, which its dashboard shows; the step knows its own type."""
    for component in spec["components"].values():
        for output in component.get("outputDefinitions", {}).get("artifacts", {}).values():
            if title_of(output["artifactType"]) == PAGE_TITLE:
                output["artifactType"] = {"schemaTitle": "system.HTML", "schemaVersion": "0.0.1"}


def add_argument(spec: Spec, step: str, argument: str) -> None:
    """Adds an argument to a step's command."""
    spec["deploymentSpec"]["executors"][executor_label(step)]["container"]["args"].append(argument)


def set_caching(spec: Spec, enabled: bool, never: Collection[str]) -> None:
    """Says for each step whether a result of an earlier run may be used.

    The key of Kubeflow's cache knows nothing of the files below a path, so a step that reads or
    writes some may never use it.
    """
    for name, task in tasks_of(spec).items():
        task["cachingOptions"] = {"enableCache": True} if enabled and name not in never else {}


def set_resources(
    spec: Spec, step: str, cpu: float | None, memory: str | None, accelerator: Accelerator | None
) -> None:
    """Limits what a step gets.

    Args:
        spec: the pipeline.
        step: its name.
        cpu: cores.
        memory: a quantity of Kubernetes, such as 4Gi.
        accelerator: GPUs.
    """
    container = spec["deploymentSpec"]["executors"][executor_label(step)].get("container")
    if container is None:
        return
    resources: dict[str, Any] = {}
    if cpu:
        resources["cpuLimit"] = cpu
    if memory:
        resources["memoryLimit"] = gigabytes(memory)
    if accelerator:
        resources["accelerator"] = {"type": accelerator.type, "count": str(accelerator.count)}
    if resources:
        container["resources"] = resources


def set_retries(spec: Spec, step: str, retries: int) -> None:
    """Lets a step that failed be tried again, after 30 s, 60 s and so on.

    What the field calls the longest pause is the window of all attempts, and ends a retry that is
    still at work; left out, it is zero, and nothing is tried again.
    """
    if retries:
        tasks_of(spec)[step]["retryPolicy"] = {
            "maxRetryCount": retries,
            "backoffDuration": "30s",
            "backoffFactor": 2.0,
            "backoffMaxDuration": f"{RETRY_WINDOW_SECONDS}s",
        }


def set_environment(spec: Spec, variables: Mapping[str, str]) -> None:
    """Gives all steps environment variables."""
    for _, container in containers_of(spec):
        container["env"] = [
            {"name": name, "value": value} for name, value in sorted(variables.items())
        ]


def gigabytes(quantity: str) -> float:
    """Returns a quantity of Kubernetes, such as 4Gi, in 10^9 bytes."""
    number, unit = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", quantity).groups()  # type: ignore[union-attr]
    return round(float(number) * _UNITS["ki" if unit == "Ki" else unit] / 10**9, 9)
