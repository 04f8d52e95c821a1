"""What servers know beyond the description in the installed `kfp_server_api`, with its sources.

All are in kubeflow/pipelines. `view` and `tasks`: backend/api/v2beta1/run.proto (`GetRunRequest`,
`Run`, `PipelineTask`) of 6585b5143d, the head of pull request 13986, which takes MLMD away. A run's
workflow: backend/api/v1beta1/run.proto (`RunDetail`, `PipelineRuntime`) of 2.17.0. The server's
version: `newHealthzResponse` in backend/src/apiserver/main.go of 2.17.0.
"""

import dataclasses
from typing import Any

from api_server.description import Operation

_RUN = ("GET", "/apis/v2beta1/runs/{run_id}")
_MORE = (
    Operation("GET", "/apis/v1beta1/runs/{run_id}", {}, None, False, "object"),
    Operation("GET", "/apis/v2beta1/healthz", {}, None, False, "object"),
)
_STATES = {"RUNNING", "SUCCEEDED", "SKIPPED", "FAILED", "CACHED"}
_TYPES = {"ROOT", "RUNTIME", "CONDITION_BRANCH", "CONDITION", "LOOP", "EXIT_HANDLER", "IMPORTER"}
# A set lists the words of an enumeration.
_TASK: dict[str, Any] = {
    "name": str,
    "display_name": str,
    "task_id": str,
    "run_id": str,
    "create_time": str,
    "end_time": str,
    "state": _STATES,
    "status_metadata": {"message": str},
    "type": _TYPES | {"DAG"},
}


@dataclasses.dataclass(frozen=True)
class Extended:
    """An answer that the description has, and tasks, which it has not."""

    answer: Any
    tasks: list[dict[str, Any]]


def with_more(known: dict[tuple[str, str], Operation]) -> dict[tuple[str, str], Operation]:
    """Returns the operations of the description, and those that are not in it."""
    run = dataclasses.replace(known[_RUN], query={**known[_RUN].query, "view": "str"})
    return {**known, _RUN: run, **{(one.method, one.path): one for one in _MORE}}


def check_tasks(tasks: list[dict[str, Any]]) -> None:
    """Raises TypeError if a task is not one of the proto's."""
    for task in tasks:
        _check(task, _TASK, "task")


def _check(value: Any, kind: Any, where: str) -> None:
    if isinstance(kind, dict):
        for key, one in value.items():
            if key not in kind:
                raise TypeError(f"{where}: unknown field {key!r}")
            _check(one, kind[key], f"{where}.{key}")
    elif value not in kind if isinstance(kind, set) else not isinstance(value, kind):
        raise TypeError(f"{where}: {value!r} is none of {kind}")
