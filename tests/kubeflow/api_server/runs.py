"""Runs that go on by one step each time somebody looks."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from api_server.description import model, model_of

START = datetime(2026, 3, 1, 3, 0, tzinfo=timezone.utc)
# What the real server writes for a time that has not come.
NO_TIME = datetime(1970, 1, 1, tzinfo=timezone.utc)
ENDED = {"SUCCEEDED", "FAILED", "CANCELED"}


@dataclasses.dataclass
class _Step:
    state: str = "PENDING"
    start: datetime = NO_TIME
    end: datetime = NO_TIME
    error: str | None = None


class RunState:
    """A run: its request, and how far it has come.

    Attributes:
        request: the model that it was made from.
        state: of the whole run.
    """

    def __init__(
        self, request: Any, run_id: str, spec: Mapping[str, Any], failures: Mapping[str, str]
    ) -> None:
        self.request = request
        self.run_id = run_id
        self.state = "PENDING"
        self._failures = failures
        self._workflow = f"{spec['pipelineInfo']['name']}-x7x2q"
        self._steps = {name: _Step() for name in _in_order(spec["root"]["dag"]["tasks"])}
        self._clock = self._end = START

    def advance(self, seconds: float = 10.0) -> None:
        """Ends what runs, and starts what comes next."""
        if self.state in ENDED:
            return
        self._clock += timedelta(seconds=seconds)
        self.state = "RUNNING"
        for name, step in self._steps.items():
            if step.state == "RUNNING":
                step.end, step.error = self._clock, self._failures.get(name)
                step.state = "FAILED" if step.error else "SUCCEEDED"
                if step.error:
                    return self._finish("FAILED")
            elif step.state == "PENDING":
                step.state, step.start = "RUNNING", self._clock
                return None
        return self._finish("SUCCEEDED")

    def cancel(self) -> None:
        """Ends the run, as a user may."""
        self._finish("CANCELED")

    def _finish(self, state: str) -> None:
        self.state, self._end = state, self._clock

    def to_model(self) -> Any:
        """Returns the run as the server describes it, with Argo's nodes between its steps."""
        steps: dict[str, _Step] = {self._workflow: _Step("RUNNING", START), "root": _Step()}
        steps["root-driver"] = _Step("SUCCEEDED", START, START)
        for name, step in self._steps.items():
            if step.state != "PENDING":
                steps[f"{name}-driver"] = _Step("SUCCEEDED", step.start, step.start)
                steps[name] = step
                steps["executor"] = step
        self.request.run_id = self.run_id
        self.request.state = self.state
        self.request.created_at = START
        self.request.finished_at = self._end if self.state in ENDED else NO_TIME
        self.request.run_details = model("V2beta1RunDetails")(
            task_details=[self._task(name, step) for name, step in sorted(steps.items())]
        )
        return self.request

    def _task(self, name: str, step: _Step) -> Any:
        history = None
        if step.error:
            error = model_of("V2beta1RuntimeStatus", "error")(code=2, message=step.error)
            history = [model("V2beta1RuntimeStatus")(state=step.state, error=error)]
        is_workflow = name == self._workflow
        return model("V2beta1PipelineTaskDetail")(
            run_id=self.run_id,
            display_name=name,
            pod_name=name if is_workflow else f"{self._workflow}-{abs(hash(name)) % 10**8}",
            state=step.state,
            start_time=step.start,
            end_time=step.end,
            state_history=history,
        )


def _in_order(tasks: Mapping[str, Any]) -> list[str]:
    done: list[str] = []
    while len(done) < len(tasks):
        done += [
            name
            for name, task in sorted(tasks.items())
            if name not in done and set(task.get("dependentTasks", [])) <= set(done)
        ]
    return done
