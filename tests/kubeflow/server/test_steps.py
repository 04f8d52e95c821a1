"""What of a server's answer is a step, and in which state: with MLMD, and without it."""

from typing import Any

import pytest
from zeroskew_kubeflow.server.runs import Run, Task, to_run

NEVER = "0001-01-01T00:00:00Z"


def node(name: str, state: str | None, start: int = 0, end: int | None = None) -> dict[str, Any]:
    """A task as a server with MLMD tells of it: one for each node of Argo's workflow."""
    times = [NEVER if one is None else f"2026-03-01T03:00:{one:02}Z" for one in (start, end)]
    told = {} if state is None else {"state": state}
    return {"display_name": name, "start_time": times[0], "end_time": times[1], **told}


def run_of(*nodes: dict[str, Any], state: str = "RUNNING") -> Run:
    details = {"task_details": list(nodes)}
    return to_run({"run_id": "1", "state": state, "run_details": details}, "http://a/b")


def native(*tasks: dict[str, Any], state: str = "RUNNING") -> tuple[Task, ...]:
    return to_run({"run_id": "1", "state": state, "tasks": list(tasks)}, "http://a/b").tasks


def test_of_all_nodes_those_with_a_driver_are_steps() -> None:
    run = run_of(
        node("taxi-7xk2p", "RUNNING"),
        node("root-driver", "SUCCEEDED", 1, 2),
        node("root", "RUNNING", 2),
        node("Transform-driver", "SUCCEEDED", 2, 3),
        node("Transform", "SUCCEEDED", 3, 13),
        node("executor", "SUCCEEDED", 3, 13),
        node("executor(0)", "FAILED", 3, 5),
        node("executor(1)", "SUCCEEDED", 5, 13),
        node("Trainer-driver", "SUCCEEDED", 13, 14),
        node("Trainer", "RUNNING", 14),
        node("executor", "RUNNING", 14),
    )

    assert run.tasks == (Task("Transform", "SUCCEEDED", 10.0), Task("Trainer", "RUNNING"))


@pytest.mark.parametrize(
    ("driver", "own", "step"),
    [
        (node("a-driver", "PENDING"), None, Task("a", "PENDING")),
        (node("a-driver", "RUNNING"), None, Task("a", "RUNNING")),
        (node("a-driver", "SUCCEEDED", 0, 3), None, Task("a", "PENDING")),
        (node("a-driver", "FAILED", 0, 3), node("a", None, 3, 3), Task("a", "FAILED", 3.0)),
        (node("a-driver", "SUCCEEDED", 0, 3), node("a", "SKIPPED", 3, 3), Task("a", "SKIPPED", 0)),
        (node("a-driver", None, 3), None, Task("a", "PENDING")),
        (node("a-driver", None, 3, 3), node("a", None, 3, 3), Task("a", "SKIPPED")),
    ],
    ids=[
        "driver-pending",
        "driver-runs",
        "driver-done",
        "driver-failed",
        "condition",
        "no-word",
        "omitted",
    ],
)
def test_a_step_without_a_node_of_its_own_is_what_its_driver_is(
    driver: dict[str, Any], own: dict[str, Any] | None, step: Task
) -> None:
    assert run_of(driver, *([own] if own else [])).tasks == (step,)


@pytest.mark.parametrize(
    ("run_state", "states"),
    [
        ("SUCCEEDED", ["SUCCEEDED", "SUCCEEDED"]),
        ("FAILED", ["FAILED", "SKIPPED"]),
        ("CANCELED", ["CANCELED", "SKIPPED"]),
    ],
)
def test_a_run_that_is_over_has_no_step_that_goes_on(run_state: str, states: list[str]) -> None:
    run = run_of(
        node("a-driver", "SUCCEEDED", 0, 1),
        node("a", "RUNNING", 1),
        node("b-driver", "PENDING", 2),
        state=run_state,
    )

    assert [task.state for task in run.tasks] == states


def test_without_mlmd_the_server_says_what_a_step_is() -> None:
    first, second = "2026-03-01T03:00:10Z", "2026-03-01T03:00:25Z"
    tasks = native(
        {"name": "root", "type": "ROOT", "state": "RUNNING", "create_time": first},
        {"name": "b", "type": "RUNTIME", "state": "RUNNING", "create_time": second},
        {
            "name": "a",
            "type": "RUNTIME",
            "state": "FAILED",
            "create_time": first,
            "end_time": second,
            "status_metadata": {"message": "exit\nstatus 1"},
        },
        {"name": "c", "type": "RUNTIME", "state": "CACHED", "end_time": second},
    )

    assert tasks == (
        Task("c", "CACHED"),
        Task("a", "FAILED", 15.0, "exit status 1"),
        Task("b", "RUNNING"),
    )


def test_a_run_that_has_not_begun_has_no_steps() -> None:
    assert to_run({"run_id": "1"}, "http://a/b") == Run(
        "1", "", "PENDING", None, None, "http://a/b"
    )
