"""A wait for the end of a run."""

import dataclasses
import logging
import time
from collections.abc import Callable, Iterator

from zeroskew.errors import StepError
from zeroskew_kubeflow.server.client_errors import ServerUnavailableError
from zeroskew_kubeflow.server.runs import FINAL_STATES, GOOD_STATES, Run, Task

logger = logging.getLogger("zeroskew")

DEFAULT_TIMEOUT = 86_400.0
# States of a step of which the run's workflow may know more.
_ENDED = frozenset({"SUCCEEDED", "FAILED"})


@dataclasses.dataclass(frozen=True)
class Patience:
    """How long each thing may take, in seconds.

    Attributes:
        poll: between two questions to the server.
        timeout: until the run must have ended; for ever if None.
        outage: that the server may be away.
        pending: that a step's pod may wait before it is told.
    """

    poll: float = 5.0
    timeout: float | None = DEFAULT_TIMEOUT
    outage: float = 300.0
    pending: float = 60.0


USUAL = Patience()


def wait(
    get_run: Callable[[], Run],
    explain: Callable[[Run], Run],
    on_progress: Callable[[Task], None],
    patience: Patience,
    see_pods: str,
) -> Run:
    """Waits until a run ends.

    Args:
        get_run: asks the server.
        explain: adds why steps failed, or wait for their pods.
        on_progress: is told each step whose state has changed, or whose pod waits, with the reason.
        patience: how long each thing may take.
        see_pods: the command that shows why a pod waits.

    Raises:
        StepError: the run failed, was ended by somebody, or takes longer than that.
        ServerUnavailableError: the server was away for too long.
    """
    began = answered = time.monotonic()
    run: Run | None = None
    states: dict[str, str] = {}
    idle = _Idle(patience.pending, see_pods)
    while True:
        try:
            run = get_run()
        except ServerUnavailableError as error:
            if time.monotonic() - answered > patience.outage:
                raise
            logger.warning("the API server does not answer, still waiting: %s", error.received)
        else:
            answered = time.monotonic()
            for task in _changes(run, states, explain):
                idle.forget(task)
                on_progress(task)
            if run.state in FINAL_STATES:
                run = explain(run)
                _check_succeeded(run)
                return run
            if idle.is_due():
                for task in idle.look(explain(run)):
                    on_progress(task)
        if patience.timeout is not None and (
            time.monotonic() - began + patience.poll > patience.timeout
        ):
            raise _too_late(run and explain(run), patience.timeout, see_pods)
        time.sleep(patience.poll)


def _changes(run: Run, states: dict[str, str], explain: Callable[[Run], Run]) -> list[Task]:
    """Returns the steps whose state has changed; those that have ended say how and why."""
    changed = [task for task in run.tasks if states.get(task.name) != task.state]
    states.update((task.name, task.state) for task in changed)
    if any(task.state in _ENDED for task in changed):
        explained = {task.name: task for task in explain(run).tasks}
        return [explained[task.name] if task.state in _ENDED else task for task in changed]
    return changed


class _Idle:
    """Steps whose pods do not start: each is told once for each reason."""

    def __init__(self, seconds: float, see_pods: str) -> None:
        # A step is told when two looks in a row have found it waiting.
        self._pause = seconds / 2
        self._next = time.monotonic() + self._pause
        self._see_pods = see_pods
        self._before: set[str] = set()
        self._told: set[Task] = set()
        self._waits: set[str] = set()

    def is_due(self) -> bool:
        """Says whether it is time for a look."""
        return time.monotonic() >= self._next

    def forget(self, task: Task) -> None:
        """Notes that a step was told of for another cause."""
        self._waits.discard(task.name)

    def look(self, run: Run) -> Iterator[Task]:
        """Yields the steps that have waited for long, with reasons that were not told yet.

        A step that was told so, and waits no more, is told as it is now.
        """
        self._next = time.monotonic() + self._pause
        before, self._before = self._before, set()
        for task in run.tasks:
            if task.state == "PENDING":
                self._before.add(task.name)
                reason = task.error or f"the server gives no reason; see {self._see_pods}"
                told = Task(task.name, "PENDING", error=reason)
                if task.name in before and told not in self._told:
                    self._told.add(told)
                    self._waits.add(task.name)
                    yield told
            elif task.name in self._waits:
                self._waits.discard(task.name)
                yield task


def _too_late(run: Run | None, timeout: float, see_pods: str) -> StepError:
    unfinished = [task for task in run.tasks if task.state not in GOOD_STATES] if run else []
    pending = any(task.state == "PENDING" for task in unfinished)
    return StepError(
        f"the run must end within {timeout:g} seconds",
        received=", ".join(
            f"{task.name} {task.state}" + (f" ({task.error})" if task.error else "")
            for task in unfinished
        )
        or (f"no step, in a run that is {run.state}" if run else "no answer of the server"),
        action="it goes on; look with `zeroskew kubeflow status`"
        + (f"; why a pod waits: {see_pods}" if pending else ""),
    )


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
