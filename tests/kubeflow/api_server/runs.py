"""Runs that go on by one step each time somebody looks."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from api_server import nodes
from api_server.nodes import NEVER, Node

START = datetime(2026, 3, 1, 3, 0, tzinfo=timezone.utc)
ENDED = {"SUCCEEDED", "FAILED", "CANCELED"}


@dataclasses.dataclass
class Fate:
    """What happens to steps, by their names.

    Attributes:
        failures: messages of those that fail.
        pending: messages of those whose pod does not start; `NAME-driver` is the driver's.
        cached: those whose result is in the cache.
        skipped: those whose condition is not met.
    """

    failures: dict[str, str] = dataclasses.field(default_factory=dict)
    pending: dict[str, str] = dataclasses.field(default_factory=dict)
    cached: set[str] = dataclasses.field(default_factory=set)
    skipped: set[str] = dataclasses.field(default_factory=set)


@dataclasses.dataclass
class Step:
    """How far a step has come; its phase is empty before it starts."""

    name: str
    phase: str = ""
    start: datetime = NEVER
    end: datetime = NEVER
    message: str = ""


class RunState:
    """A run: its request, and how far it has come.

    Attributes:
        request: the model that it was made from.
        run_id: its id.
        state: of the whole run.
        workflow: the name of its workflow.
        steps: its steps, in their order.
        end: when it has ended.
    """

    def __init__(self, request: Any, run_id: str, spec: Mapping[str, Any], fate: Fate) -> None:
        self.request = request
        self.run_id = run_id
        self.state = "PENDING"
        self.workflow = f"{spec['pipelineInfo']['name']}-x7x2q"
        self.steps = [Step(name) for name in _in_order(spec["root"]["dag"]["tasks"])]
        self.end = NEVER
        self._fate = fate
        self._clock = START

    def advance(self, seconds: float = 10.0) -> None:
        """Ends what runs, and starts what comes next."""
        if self.state in ENDED:
            return
        self._clock += timedelta(seconds=seconds)
        self.state = "RUNNING"
        for step in self.steps:
            if step.phase == "Running":
                self._end(step)
                if step.phase == "Failed":
                    return self._finish("FAILED")
            elif step.phase in {"", "Driver", "Pending"} and self._start(step):
                return None
        return self._finish("SUCCEEDED")

    def cancel(self) -> None:
        """Ends the run, as a user may."""
        self._finish("CANCELED")

    def nodes(self) -> list[Node]:
        """Returns the nodes of the workflow; none before it has begun."""
        if self.state == "PENDING":
            return []
        phase = "Running" if self.state == "RUNNING" else self.state.capitalize()
        found = nodes.of_pipeline(self.workflow, phase, START, self.end)
        for step in self.steps:
            if step.phase:
                found += nodes.of_step(
                    step.name, self.workflow, step.phase, step.start, step.end, step.message
                )
        return found

    def _start(self, step: Step) -> bool:
        """Starts a step, as far as it can; says whether it takes its time."""
        fate = self._fate
        step.start = self._clock if step.start == NEVER else step.start
        step.phase, step.message = "Running", ""
        for name, phase in ((step.name, "Pending"), (f"{step.name}-driver", "Driver")):
            if name in fate.pending:
                step.phase, step.message = phase, fate.pending[name]
        if step.name in fate.cached | fate.skipped:
            step.phase = "Cached" if step.name in fate.cached else "Skipped"
            step.end = self._clock
        return step.end == NEVER

    def _end(self, step: Step) -> None:
        step.end = self._clock
        step.message = self._fate.failures.get(step.name, "")
        step.phase = "Failed" if step.message else "Succeeded"

    def _finish(self, state: str) -> None:
        self.state, self.end = state, self._clock
        for step in self.steps:
            if not step.phase:
                step.phase, step.start, step.end = "Omitted", self._clock, self._clock


def _in_order(tasks: Mapping[str, Any]) -> list[str]:
    done: list[str] = []
    while len(done) < len(tasks):
        done += [
            name
            for name, task in sorted(tasks.items())
            if name not in done and set(task.get("dependentTasks", [])) <= set(done)
        ]
    return done
