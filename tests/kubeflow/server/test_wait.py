"""Waiting for a run, through failures and outages."""

import dataclasses
import logging
from pathlib import Path

import pytest
from api_server import ApiServer, Fault, Service
from client_cases import QUICK, started
from zeroskew_kubeflow.server.client_errors import ServerUnavailableError
from zeroskew_kubeflow.server.runs import Run, Task
from zeroskew_kubeflow.server.wait import Patience, wait

from zeroskew.errors import StepError


def test_waiting_tells_of_each_step_as_its_state_changes(server: ApiServer, package: Path) -> None:
    client, run_id = started(server, package)
    told: list[Task] = []

    run = client.wait(run_id, told.append, QUICK)

    assert told == [
        Task("Transform", "RUNNING"),
        Task("Transform", "SUCCEEDED", 10.0),
        Task("Trainer", "RUNNING"),
        Task("Trainer", "SUCCEEDED", 10.0),
    ]
    assert (run.state, run.seconds, len(run.tasks)) == ("SUCCEEDED", 30.0, 2)


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("2.17.0", "OOMKilled (exit code 137)"),
        ("3.0.0", "failed to execute component: OOMKilled (exit code 137)"),
    ],
)
def test_a_failed_run_says_which_step_and_why(package: Path, version: str, reason: str) -> None:
    with ApiServer(Service(version=version)) as server:
        server.service.fate.failures["Trainer"] = "OOMKilled\n (exit code 137)"
        client, run_id = started(server, package)
        told: list[Task] = []

        with pytest.raises(StepError) as caught:
            client.wait(run_id, told.append, QUICK)

    assert str(caught.value) == (
        "step Trainer failed\n"
        f"  received: Trainer: {reason}\n"
        f"  do:       see the step's log: {server.host}/#/runs/details/{run_id}"
    )
    assert told[-1] == Task("Trainer", "FAILED", 10.0, reason)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(404, '{"code": 5, "message": "Not Found"}', times=9, path="/v1beta1"),
        Fault(body='{"run": {}}', times=9, path="/v1beta1"),
        Fault(body='{"pipeline_runtime": {"workflow_manifest": "{"}}', times=9, path="/v1beta1"),
    ],
    ids=["no-first-version-of-the-api", "no-workflow", "half-a-workflow"],
)
def test_a_failed_run_names_its_step_when_the_server_has_no_reason(
    server: ApiServer, package: Path, fault: Fault
) -> None:
    server.service.fate.failures["Transform"] = "OOMKilled"
    server.faults.append(fault)
    client, run_id = started(server, package)

    with pytest.raises(StepError) as caught:
        client.wait(run_id, lambda _: None, QUICK)

    assert caught.value.received == "Transform: the server gives no reason"


@pytest.mark.parametrize("version", ["2.17.0", "3.0.0"])
@pytest.mark.parametrize("pod", ["Transform", "Transform-driver"])
def test_a_step_whose_pod_does_not_start_says_why_and_once(
    package: Path, version: str, pod: str
) -> None:
    with ApiServer(Service(version=version)) as server:
        fate = server.service.fate
        fate.pending[pod] = "ImagePullBackOff: no such image"
        client, run_id = started(server, package)
        told: list[Task] = []

        def note(task: Task) -> None:
            told.append(task)
            if task.error == "ImagePullBackOff: no such image":
                fate.pending[pod] = "ErrImagePull: not found"
            elif task.error:
                del fate.pending[pod]

        run = client.wait(run_id, note, QUICK)

    assert run.state == "SUCCEEDED"
    assert [task for task in told if task.error] == [
        Task("Transform", "PENDING", error="ImagePullBackOff: no such image"),
        Task("Transform", "PENDING", error="ErrImagePull: not found"),
    ]
    after = told[told.index(Task("Transform", "PENDING", error="ErrImagePull: not found")) + 1 :]
    assert [(task.name, task.state) for task in after] == [
        ("Transform", "RUNNING"),
        ("Transform", "SUCCEEDED"),
        ("Trainer", "RUNNING"),
        ("Trainer", "SUCCEEDED"),
    ]


def test_a_step_that_waits_for_no_known_reason_names_the_command_that_shows_it(
    server: ApiServer, package: Path
) -> None:
    server.service.fate.pending["Transform"] = ""
    client, run_id = started(server, package)
    told: list[Task] = []

    with pytest.raises(StepError) as caught:
        client.wait(run_id, told.append, Patience(poll=0.01, timeout=0.1, pending=0.0))

    command = f"kubectl -n kubeflow describe pods -l pipeline/runid={run_id}"
    assert told == [
        Task("Transform", "RUNNING"),
        Task("Transform", "PENDING", error=f"the server gives no reason; see {command}"),
    ]
    assert str(caught.value) == (
        "the run must end within 0.1 seconds\n"
        "  received: Transform PENDING\n"
        "  do:       it goes on; look with `zeroskew kubeflow status`; why a pod waits: "
        f"{command}"
    )


def test_a_pod_that_only_one_of_two_looks_finds_waiting_is_not_told() -> None:
    running = Run("1", "a run", "RUNNING", None, None, "http://a/b", tasks=(Task("a", "RUNNING"),))
    pending = Task("a", "PENDING", error="ContainerCreating")
    over = dataclasses.replace(running, state="SUCCEEDED", tasks=(Task("a", "SUCCEEDED"),))
    asked = iter([running, running, running, over])
    looks = iter([(pending,), running.tasks, (pending,), over.tasks, over.tasks])
    told: list[Task] = []

    wait(
        lambda: next(asked),
        lambda run: dataclasses.replace(run, tasks=next(looks)),
        told.append,
        QUICK,
        "kubectl",
    )

    assert told == [Task("a", "RUNNING"), Task("a", "SUCCEEDED")]


def test_a_pod_that_has_just_been_made_is_not_told(server: ApiServer, package: Path) -> None:
    server.service.fate.pending["Transform"] = "ContainerCreating"
    client, run_id = started(server, package)
    told: list[Task] = []

    with pytest.raises(StepError) as caught:
        client.wait(run_id, told.append, Patience(poll=0.01, timeout=0.05))

    assert told == [Task("Transform", "RUNNING")]
    assert caught.value.received == "Transform PENDING (ContainerCreating)"


def test_the_wait_ends_after_a_day() -> None:
    assert Patience().timeout == 86_400.0


@pytest.mark.parametrize("version", ["2.17.0", "3.0.0"])
def test_a_cached_step_and_one_that_is_not_needed_are_told_apart(
    package: Path, version: str
) -> None:
    with ApiServer(Service(version=version)) as server:
        server.service.fate.cached.add("Transform")
        server.service.fate.skipped.add("Trainer")
        client, run_id = started(server, package)

        run = client.wait(run_id, lambda _: None, QUICK)

    assert set(run.tasks) == {Task("Transform", "CACHED", 0.0), Task("Trainer", "SKIPPED", 0.0)}


def test_a_run_that_somebody_cancels_ends_the_wait(server: ApiServer, package: Path) -> None:
    client, run_id = started(server, package)

    with pytest.raises(StepError, match="the run ended as CANCELED"):
        client.wait(run_id, lambda _: server.service.runs[run_id].cancel(), QUICK)


def test_waiting_survives_an_outage_of_the_server(
    server: ApiServer, package: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client, run_id = started(server, package)
    server.faults.append(Fault(500, '{"message": "database is away"}', times=2, path="/runs/"))

    with caplog.at_level(logging.WARNING, "zeroskew"):
        run = client.wait(run_id, lambda _: None, QUICK)

    assert run.state == "SUCCEEDED"
    assert [record.getMessage() for record in caplog.records if record.name == "zeroskew"] == [
        "the API server does not answer, still waiting: 500: database is away"
    ] * 2


def test_waiting_ends_when_the_server_is_away_for_too_long(
    server: ApiServer, package: Path
) -> None:
    client, run_id = started(server, package)
    server.faults.append(Fault(500, '{"message": "no"}', times=10**6, path="/runs/"))

    with pytest.raises(ServerUnavailableError, match="the API server has failed"):
        client.wait(run_id, lambda _: None, Patience(poll=0.01, outage=0.05))


def test_waiting_ends_after_its_time_and_the_run_goes_on(server: ApiServer, package: Path) -> None:
    client, run_id = started(server, package)

    with pytest.raises(StepError) as caught:
        client.wait(run_id, lambda _: None, Patience(poll=0.2, timeout=0.1))

    assert str(caught.value) == (
        "the run must end within 0.1 seconds\n"
        "  received: Transform RUNNING\n"
        "  do:       it goes on; look with `zeroskew kubeflow status`"
    )
    assert client.wait(run_id, lambda _: None, QUICK).state == "SUCCEEDED"
