"""What servers answer about a run: those with MLMD, and those without it.

With MLMD, by api_converter.go (`toModelTask`, `toApiPipelineTaskDetail`) and workflow.go
(`NodeStatuses`) in backend/src of kubeflow/pipelines 2.5.0 to 2.17.0: each node of the workflow is
a task that has neither its pod's name nor its message, and a phase that the API has no word for is
left out. Without MLMD: see `undescribed`.
"""

import json
from datetime import datetime, timezone
from typing import Any

from api_server.description import model
from api_server.nodes import NEVER, node_id
from api_server.runs import ENDED, START, RunState

# What the server writes for the end of a run that goes on; for that of a step, it writes Argo's.
_NO_TIME = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NATIVE = {"Driver": None, "Omitted": None, "Pending": "RUNNING"}


def to_model(run: RunState, has_mlmd: bool) -> Any:
    """Returns a run as kfp's description has it."""
    answer = run.request
    answer.run_id, answer.state = run.run_id, run.state
    answer.created_at = START
    answer.finished_at = run.end if run.state in ENDED else _NO_TIME
    if has_mlmd and run.nodes():
        answer.run_details = model("V2beta1RunDetails")(task_details=_details(run))
    return answer


def to_tasks(run: RunState) -> list[dict[str, Any]]:
    """Returns the steps of a run as a server without MLMD tells of them: by what pods report."""
    root = {"name": "root", "type": "ROOT", "state": "RUNNING", "create_time": _text(START)}
    tasks = [root]
    for step in run.steps:
        state = _NATIVE.get(step.phase, step.phase.upper())
        if state:
            task = {"name": step.name, "type": "RUNTIME", "state": state}
            task |= {"display_name": step.name, "create_time": _text(step.start)}
            if step.end != NEVER:
                task["end_time"] = _text(step.end)
            if state == "FAILED":
                message = f"failed to execute component: {step.message}"
                task["status_metadata"] = {"message": message}
            tasks.append(task)
    return [{"run_id": run.run_id, "task_id": f"id-of-{one['name']}", **one} for one in tasks]


def to_detail_v1(run: RunState) -> dict[str, Any]:
    """Returns a run as the first version of the API does, with all of its workflow as text."""
    nodes = {
        node.node_id(run.workflow): {
            "id": node.node_id(run.workflow),
            "name": node.path,
            "displayName": node.name,
            "type": node.kind,
            "phase": node.phase,
            "startedAt": _text(node.start),
            "finishedAt": None if node.end == NEVER else _text(node.end),
            **({"boundaryID": node_id(run.workflow, node.inside)} if node.inside else {}),
            **({"message": node.message} if node.message else {}),
        }
        for node in run.nodes()
    }
    workflow = {"metadata": {"name": run.workflow}, "status": {"nodes": nodes}}
    return {
        "run": {"id": run.run_id},
        "pipeline_runtime": {"workflow_manifest": json.dumps(workflow)},
    }


def _details(run: RunState) -> list[Any]:
    found = []
    for node in sorted(run.nodes(), key=lambda one: one.node_id(run.workflow)):
        state = None if node.phase == "Omitted" else node.phase.upper()
        history = [model("V2beta1RuntimeStatus")(update_time=node.start, state=state)]
        children = [
            model("PipelineTaskDetailChildTask")(pod_name=one.node_id(run.workflow))
            for one in run.nodes()
            if one.inside == node.path
        ]
        found.append(
            model("V2beta1PipelineTaskDetail")(
                run_id=run.run_id,
                task_id=f"id-of-{node.path}",
                display_name=node.name,
                create_time=START,
                start_time=node.start,
                end_time=node.end,
                state=state,
                state_history=history,
                child_tasks=children or None,
            )
        )
    return found


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
