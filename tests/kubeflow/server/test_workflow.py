"""What Argo's workflow adds to the steps of a run."""

from typing import Any

import pytest
from zeroskew_kubeflow.server.runs import Run, Task
from zeroskew_kubeflow.server.workflow import explain


def workflow(*pods: tuple[str, str, str, str], message: str = "") -> dict[str, Any]:
    """A workflow with these pods: step, displayed name, phase, message; in the order of time."""
    nodes: dict[str, Any] = {}
    for second, (step, name, phase, said) in enumerate(pods):
        nodes[f"id-of-{step}"] = {"displayName": step, "type": "DAG", "phase": "Running"}
        nodes[f"pod-{second}"] = {
            "displayName": name,
            "type": "Skipped" if phase == "Skipped" else "Pod",
            "phase": phase,
            "boundaryID": f"id-of-{step}",
            "startedAt": f"2026-03-01T03:00:{second:02}Z",
            "message": said,
        }
    return {"status": {"nodes": nodes, "message": message}}


def explained(task: Task, *pods: tuple[str, str, str, str], state: str = "RUNNING") -> Task:
    run = Run("1", "a run", state, None, None, "http://a/b", tasks=(task,))
    (found,) = explain(run, workflow(*pods)).tasks
    return found


@pytest.mark.parametrize("name", ["executor", "executor(0)", "a-driver"])
def test_a_step_whose_pod_waits_is_pending_and_says_why(name: str) -> None:
    pod = ("a", name, "Pending", "Unschedulable: 0/3 nodes are\n available")

    assert explained(Task("a", "RUNNING"), pod) == Task(
        "a", "PENDING", error="Unschedulable: 0/3 nodes are available"
    )


def test_the_last_try_of_a_step_counts() -> None:
    tries = [("a", f"executor({number})", "Failed", f"exit code {number}") for number in range(11)]

    assert explained(Task("a", "FAILED", 9.0), *tries) == Task("a", "FAILED", 9.0, "exit code 10")
    again = ("a", "executor(11)", "Pending", "ImagePullBackOff")
    assert explained(Task("a", "FAILED", 9.0), *tries, again).state == "PENDING"


def test_the_servers_own_reason_comes_first() -> None:
    task = Task("a", "FAILED", 9.0, "failed to execute component")

    assert explained(task, ("a", "executor(0)", "Failed", "exit code 1")) == task


def test_a_step_that_its_launcher_reported_is_over_though_the_workflow_is_behind() -> None:
    done = Task("a", "SUCCEEDED", 9.0)

    assert explained(done, ("a", "executor(0)", "Pending", "ContainerCreating")) == done


def test_a_step_whose_pod_was_not_needed_is_cached() -> None:
    pod = ("a", "executor", "Skipped", "when 'true != true' evaluated false")

    assert explained(Task("a", "SUCCEEDED", 0.0), pod) == Task("a", "CACHED", 0.0)


def test_a_step_of_which_the_server_does_not_know_yet_is_added() -> None:
    run = Run("1", "a run", "RUNNING", None, None, "http://a/b")
    pods = [
        ("root", "root-driver", "Succeeded", ""),
        ("root", "b-driver", "Pending", "ImagePullBackOff: no such image"),
        ("root", "a-driver", "Running", ""),
    ]

    assert explain(run, workflow(*pods)).tasks == (
        Task("b", "PENDING", error="ImagePullBackOff: no such image"),
    )


def test_a_run_that_fails_before_its_first_step_says_why() -> None:
    run = Run("1", "a run", "FAILED", None, 3.0, "http://a/b")
    root = ("taxi", "root-driver", "Failed", "exceeded quota")

    assert explain(run, workflow(root, message="child failed")).error == "exceeded quota"
    assert explain(run, workflow(message="invalid spec")).error == "invalid spec"
    assert explain(run, {}) == run
