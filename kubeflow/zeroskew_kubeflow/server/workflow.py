"""Why pods fail or do not start: what Argo writes into the workflow of a run.

Servers with MLMD tell of a step's state and no reason; those without it know no step whose pod has
not started. The workflow, which both keep with the run, has a message for each pod.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from zeroskew_kubeflow.server.runs import FINAL_STATES, GOOD_STATES, Run, Task, words

_DRIVER = "-driver"
_ROOT = "root"


def explain(run: Run, workflow: Mapping[str, Any]) -> Run:
    """Returns a run whose steps say why they failed, or why they wait for their pod.

    Args:
        run: as the server describes it.
        workflow: of the run.
    """
    status = workflow.get("status") or {}
    pods = dict(_pods(status.get("nodes") or {}))
    known = {task.name for task in run.tasks}
    tasks = [
        _explained(task, pods[task.name], run) if task.name in pods else task for task in run.tasks
    ]
    more = [
        _explained(Task(step, "RUNNING"), pods[step], run) for step in pods.keys() - known - {_ROOT}
    ]
    tasks += sorted((task for task in more if task.state != "RUNNING"), key=lambda one: one.name)
    error = run.error
    if run.state == "FAILED" and not any(task.state == "FAILED" for task in tasks):
        error = error or words(pods.get(_ROOT, {}).get("message")) or words(status.get("message"))
    return dataclasses.replace(run, tasks=tuple(tasks), error=error)


def _explained(task: Task, pod: Mapping[str, Any], run: Run) -> Task:
    phase, message = pod.get("phase"), words(pod.get("message"))
    over = run.state in FINAL_STATES
    if phase == "Skipped" and task.state == "SUCCEEDED":
        return dataclasses.replace(task, state="CACHED")
    if task.state in GOOD_STATES:
        return task
    if phase == "Pending" and not over:
        return dataclasses.replace(task, state="PENDING", error=message)
    if phase in {"Failed", "Error"} and (over or task.state == "FAILED"):
        return dataclasses.replace(task, state="FAILED", error=task.error or message)
    return task


def _pods(nodes: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the pods of each step, by the step's name, the newest last."""
    for node in sorted(nodes.values(), key=_age):
        # A pod that is not needed, since the step's result is in the cache, is a node too.
        if node.get("type") not in {"Pod", "Skipped"}:
            continue
        name = str(node.get("displayName")).split("(")[0]
        if name.endswith(_DRIVER):
            yield name.removesuffix(_DRIVER), node
        elif name == "executor":
            step = nodes.get(node.get("boundaryID") or "", {}).get("displayName")
            if step:
                yield str(step), node


def _age(node: Mapping[str, Any]) -> tuple[str, bool, str]:
    name = str(node.get("displayName"))
    return node.get("startedAt") or "", name.startswith("executor"), name
