"""What the API server tells of a run, in one shape, whichever server it is."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

FINAL_STATES = frozenset({"SUCCEEDED", "FAILED", "CANCELED", "SKIPPED"})
# Of a step that holds nothing up.
GOOD_STATES = frozenset({"SUCCEEDED", "CACHED", "SKIPPED"})
_YEAR_OF_NO_TIME = 1970
_UNKNOWN = "RUNTIME_STATE_UNSPECIFIED"
_DRIVER = "-driver"


@dataclasses.dataclass(frozen=True)
class Task:
    """A step of a run.

    Attributes:
        name: of the step.
        state: PENDING, RUNNING, SUCCEEDED, CACHED, SKIPPED, FAILED, CANCELED ...
        seconds: it has taken, once it has ended.
        error: why it failed, or why its pod does not start, if the server says so.
    """

    name: str
    state: str
    seconds: float | None = None
    error: str | None = None


@dataclasses.dataclass(frozen=True)
class Run:
    """A run of a pipeline.

    Attributes:
        run_id: its id.
        name: as it is listed.
        state: PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED ...
        started: when it was made.
        seconds: it has taken, once it has ended.
        url: its page.
        error: why it failed, if the server says so.
        tasks: its steps, in the order of their starts; empty in a list of runs.
    """

    run_id: str
    name: str
    state: str
    started: datetime | None
    seconds: float | None
    url: str
    error: str | None = None
    tasks: tuple[Task, ...] = ()


def to_run(run: Mapping[str, Any], url: str) -> Run:
    """Returns a run as the server describes it.

    Args:
        run: the JSON of the run.
        url: its page.
    """
    state = _state(run)
    details = (run.get("run_details") or {}).get("task_details") or []
    found = _of_tasks(run["tasks"]) if run.get("tasks") else _of_nodes(details)
    return Run(
        run_id=run["run_id"],
        name=run.get("display_name") or "",
        state=state,
        started=_time(run.get("created_at")),
        seconds=_seconds(run.get("created_at"), run.get("finished_at")),
        url=url,
        error=_error(run),
        tasks=tuple(_settled(task, state) for task in found),
    )


def words(text: object) -> str | None:
    """Returns a message in one line; None if there is none."""
    return " ".join(str(text or "").split()) or None


def _of_nodes(nodes: list[Mapping[str, Any]]) -> list[Task]:
    """Reads the steps of a server with MLMD, which tells of all nodes of Argo's workflow.

    A step has two: its driver, `Trainer-driver`, and then one of its own, `Trainer`. All others
    (the workflow, its root, the pods inside a step) have the same names in each run or step.
    """
    newest = {node.get("display_name") or "": node for node in sorted(nodes, key=_start)}
    drivers = [name for name in newest if name.endswith(_DRIVER) and name + _DRIVER not in newest]
    steps = []
    for name in {driver.removesuffix(_DRIVER) for driver in drivers} - {"root"}:
        own, driver = newest.get(name, {}), newest[name + _DRIVER]
        shown = own if _is_told(own) else driver
        state = _state(shown)
        if not _is_told(shown) and _time(shown.get("end_time")):
            # Argo omits it, since a step before it has failed; the API has no word for that.
            state = "SKIPPED"
        elif shown is driver and state == "SUCCEEDED":
            state = "PENDING"
        took = None if state == "PENDING" else _seconds(shown.get("start_time"), _end(shown))
        steps.append((_start(shown), Task(name, state, took, _error(shown))))
    return [task for _, task in sorted(steps, key=lambda one: (one[0], one[1].name))]


def _of_tasks(tasks: list[Mapping[str, Any]]) -> list[Task]:
    """Reads the steps of a server without MLMD, which says itself what a step is."""
    return [
        Task(
            task["name"],
            _state(task),
            _seconds(task.get("create_time"), _end(task)),
            words((task.get("status_metadata") or {}).get("message")) or _error(task),
        )
        for task in sorted(tasks, key=lambda one: (one.get("create_time") or "", one["name"]))
        if task.get("type") == "RUNTIME"
    ]


def _settled(task: Task, run_state: str) -> Task:
    """Returns a step of a run that is over as over too: nobody may be left to report its end."""
    if run_state not in FINAL_STATES or task.state not in {"PENDING", "RUNNING"}:
        return task
    ended = task.state == "RUNNING" or run_state == "SUCCEEDED"
    return dataclasses.replace(task, state=run_state if ended else "SKIPPED")


def _is_told(node: Mapping[str, Any]) -> bool:
    return node.get("state", _UNKNOWN) not in {None, _UNKNOWN}


def _state(thing: Mapping[str, Any]) -> str:
    return str(thing["state"]) if _is_told(thing) else "PENDING"


def _start(node: Mapping[str, Any]) -> datetime:
    return _time(node.get("start_time")) or datetime.max.replace(tzinfo=timezone.utc)


def _end(thing: Mapping[str, Any]) -> str | None:
    """Returns the end; a step that is tried again still has that of its last try."""
    return None if _state(thing) in {"PENDING", "RUNNING"} else thing.get("end_time")


def _time(value: str | None) -> datetime | None:
    """Returns a time; for one that it does not have the server writes the year 1970, or 1."""
    if not value:
        return None
    # The servers write whole seconds, in UTC.
    time = datetime.strptime(value[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return time if time.year > _YEAR_OF_NO_TIME else None


def _seconds(start: str | None, end: str | None) -> float | None:
    first, last = _time(start), _time(end)
    return None if first is None or last is None else (last - first).total_seconds()


def _error(thing: Mapping[str, Any]) -> str | None:
    """Returns the last error of a run or a step."""
    errors = [status.get("error") for status in thing.get("state_history") or []]
    for error in (thing.get("error"), *reversed(errors)):
        if error and error.get("message"):
            return words(error["message"])
    return None
