"""What a run is doing: its steps, and a wait for its end."""

import dataclasses
import logging
import re
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from zeroskew.errors import StepError
from zeroskew_kubeflow.client_errors import ServerUnavailableError

logger = logging.getLogger("zeroskew")

FINAL_STATES = frozenset({"SUCCEEDED", "FAILED", "CANCELED", "SKIPPED"})
# Argo's own nodes stand between the steps of the pipeline.
_NOT_A_STEP = re.compile(r"root|.*-driver(\(\d+\))?|executor(\(\d+\))?")
_YEAR_OF_NO_TIME = 1970
_LAST = datetime.max.replace(tzinfo=timezone.utc)


@dataclasses.dataclass(frozen=True)
class Task:
    """A step of a run.

    Attributes:
        name: of the step.
        state: PENDING, RUNNING, SUCCEEDED, SKIPPED, FAILED, CANCELED ...
        seconds: it has taken, once it has ended.
        error: why it failed, if the server says so.
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


def to_run(run: Any, url: str) -> Run:
    """Returns a run as the server describes it.

    Args:
        run: kfp's model of it.
        url: its page.
    """
    details = getattr(run.run_details, "task_details", None) or []
    steps = [task for task in details if _is_step(task)]
    steps.sort(key=lambda task: _time(task.start_time) or _LAST)
    return Run(
        run_id=run.run_id,
        name=run.display_name or "",
        state=_state(run.state),
        started=_time(run.created_at),
        seconds=_seconds(run.created_at, run.finished_at),
        url=url,
        error=_error(run),
        tasks=tuple(
            Task(
                task.display_name,
                _state(task.state),
                _seconds(task.start_time, task.end_time),
                _error(task),
            )
            for task in steps
        ),
    )


def wait(
    get_run: Callable[[], Run],
    on_progress: Callable[[Task], None],
    poll_seconds: float,
    timeout: float | None,
    outage: float,
) -> Run:
    """Waits until a run ends.

    Args:
        get_run: asks the server.
        on_progress: is told each step whose state has changed.
        poll_seconds: between two questions.
        timeout: seconds, for ever if None.
        outage: seconds for which the server may be away.

    Raises:
        StepError: the run failed, was ended by somebody, or takes longer than that.
        ServerUnavailableError: the server was away for too long.
    """
    began = answered = time.monotonic()
    states: dict[str, str] = {}
    while True:
        try:
            run = get_run()
        except ServerUnavailableError as error:
            if time.monotonic() - answered > outage:
                raise
            logger.warning("the API server does not answer, still waiting: %s", error.received)
        else:
            answered = time.monotonic()
            for task in run.tasks:
                if states.get(task.name) != task.state:
                    states[task.name] = task.state
                    on_progress(task)
            if run.state in FINAL_STATES:
                _check_succeeded(run)
                return run
        if timeout is not None and time.monotonic() - began + poll_seconds > timeout:
            raise StepError(
                f"the run must end within {timeout:g} seconds",
                received=", ".join(f"{name} {state}" for name, state in states.items()) or None,
                action="it goes on; look with `zeroskew kubeflow status`",
            )
        time.sleep(poll_seconds)


def _check_succeeded(run: Run) -> None:
    if run.state == "SUCCEEDED":
        return
    failed = [task for task in run.tasks if task.state == "FAILED"]
    messages = [f"{task.name}: {task.error or 'the server gives no reason'}" for task in failed]
    if run.error:
        messages.append(run.error)
    steps = ", ".join(task.name for task in failed)
    raise StepError(
        f"step {steps} failed" if steps else f"the run ended as {run.state}",
        received="; ".join(messages) or None,
        action=f"see the step's log: {run.url}",
    )


def _is_step(task: Any) -> bool:
    name = task.display_name or ""
    is_workflow = task.pod_name == name
    return bool(name) and not is_workflow and not _NOT_A_STEP.fullmatch(name)


def _state(state: Any) -> str:
    known = state if state and state != "RUNTIME_STATE_UNSPECIFIED" else "PENDING"
    return str(known)


def _time(value: datetime | None) -> datetime | None:
    """Returns a time; the server writes 1970 for one that it does not have."""
    return None if value is None or value.year == _YEAR_OF_NO_TIME else value


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    start, end = _time(start), _time(end)
    return None if start is None or end is None else (end - start).total_seconds()


def _error(thing: Any) -> str | None:
    """Returns the last error of a run or a step; most servers write it into the history alone."""
    errors = [status.error for status in thing.state_history or []]
    for error in (thing.error, *reversed(errors)):
        if error is not None and error.message:
            return " ".join(str(error.message).split())
    return None
