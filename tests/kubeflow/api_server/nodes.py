"""Nodes of Argo's workflow, as KFP's compiler makes them for a pipeline."""

import dataclasses
import zlib
from datetime import datetime, timezone

# Argo's time that has not come.
NEVER = datetime(1, 1, 1, tzinfo=timezone.utc)


@dataclasses.dataclass(frozen=True)
class Node:
    """A node of the workflow.

    Attributes:
        name: the displayed one, which is not unique.
        kind: DAG, Retry, Pod or Skipped.
        phase: Pending, Running, Succeeded, Skipped, Failed or Omitted.
        start: when it was made.
        end: when it ended.
        inside: the path of the node that it belongs to.
        message: what Argo says of it.
    """

    name: str
    kind: str
    phase: str
    start: datetime
    end: datetime = NEVER
    inside: str = ""
    message: str = ""

    @property
    def path(self) -> str:
        """The unique name."""
        return f"{self.inside}.{self.name}" if self.inside else self.name

    def node_id(self, workflow: str) -> str:
        """Returns the key of the node."""
        return workflow if self.path == workflow else node_id(workflow, self.path)


def node_id(workflow: str, path: str) -> str:
    """Returns the key of a node, which is a hash of its path."""
    return workflow if path == workflow else f"{workflow}-{zlib.crc32(path.encode())}"


def of_pipeline(workflow: str, phase: str, start: datetime, end: datetime) -> list[Node]:
    """Returns the nodes around the steps."""
    return [
        Node(workflow, "DAG", phase, start, end),
        Node("root-driver", "Pod", "Succeeded", start, start, workflow),
        Node("root", "DAG", phase, start, end, workflow),
    ]


def of_step(
    name: str, workflow: str, phase: str, start: datetime, end: datetime, message: str
) -> list[Node]:
    """Returns the nodes of a step.

    Args:
        name: of the step.
        workflow: its name.
        phase: of the step: as of a node; Cached; or Pending, if its pod has not started.
        start: of the step.
        end: of the step.
        message: of its pod.
    """
    root = f"{workflow}.root"
    if phase == "Omitted":
        return [Node(one, "Skipped", phase, start, end, root) for one in (f"{name}-driver", name)]
    driver = Node(f"{name}-driver", "Pod", "Succeeded", start, start, root)
    if phase == "Driver":
        return [dataclasses.replace(driver, phase="Pending", end=NEVER, message=message)]
    if phase == "Skipped":
        return [driver, Node(name, "Skipped", phase, start, end, root)]
    whole = {"Pending": "Running", "Cached": "Succeeded"}.get(phase, phase)
    step = Node(name, "DAG", whole, start, end, root)
    if phase == "Cached":
        return [driver, step, Node("executor", "Skipped", "Skipped", start, end, step.path)]
    tries = Node("executor", "Retry", whole, start, end, step.path)
    pods = [Node("executor(0)", "Pod", phase, start, end, step.path, message)]
    if phase == "Failed":
        first = dataclasses.replace(pods[0], end=start, message="Error (exit code 143)")
        pods = [first, Node("executor(1)", "Pod", phase, start, end, step.path, message)]
    return [driver, step, tries, *pods]
