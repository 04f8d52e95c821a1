"""The list of runs, and one run's steps."""

import datetime
from pathlib import Path

import pytest
from api_server import ApiServer, Service
from client_cases import QUICK, client_of, environment, started, upload
from zeroskew_kubeflow.server.client import connect
from zeroskew_kubeflow.server.runs import Task

from zeroskew.errors import SettingsError


def test_status_lists_the_newest_runs_of_the_experiment(server: ApiServer, package: Path) -> None:
    client = client_of(server)
    uploaded = upload(client, package)
    ids = [client.run(uploaded, package, f"run {number}").run_id for number in range(3)]
    client.wait(ids[0], lambda _: None, QUICK)
    connect(environment(server.host, experiment="other")).run(uploaded, package, "of another")

    rows = client.latest_runs()

    started_at = datetime.datetime(2026, 3, 1, 3, 0, tzinfo=datetime.timezone.utc)
    assert [(row.run_id, row.name, row.state, row.seconds) for row in rows] == [
        (ids[2], "run 2", "PENDING", None),
        (ids[1], "run 1", "PENDING", None),
        (ids[0], "run 0", "SUCCEEDED", 30.0),
    ]
    assert rows[0].started == started_at
    assert rows[0].url == f"{server.host}/#/runs/details/{ids[2]}"
    assert [row.name for row in client.latest_runs(1)] == ["run 2"]


def test_status_of_an_experiment_that_is_not_there_is_no_run(server: ApiServer) -> None:
    assert client_of(server).latest_runs() == ()
    assert not server.service.experiments


@pytest.mark.parametrize("version", ["2.5.0", "2.17.0", "3.0.0"])
def test_status_of_a_run_lists_its_steps_and_none_of_the_nodes_around_them(
    package: Path, version: str
) -> None:
    with ApiServer(Service(version=version)) as server:
        client, run_id = started(server, package)
        client.describe(run_id)

        run = client.describe(run_id)

    assert run.tasks == (Task("Transform", "SUCCEEDED", 10.0), Task("Trainer", "RUNNING"))
    assert (run.run_id, run.state) == (run_id, "RUNNING")


def test_status_of_a_run_says_why_a_step_waits(server: ApiServer, package: Path) -> None:
    server.service.fate.pending["Transform"] = "Unschedulable: 0/3 nodes are available"
    client, run_id = started(server, package)

    assert client.describe(run_id).tasks == (
        Task("Transform", "PENDING", error="Unschedulable: 0/3 nodes are available"),
    )


def test_status_of_a_run_that_failed_lists_what_came_to_nothing(
    server: ApiServer, package: Path
) -> None:
    server.service.fate.failures["Transform"] = "Error (exit code 1)"
    client, run_id = started(server, package)
    client.describe(run_id)

    assert client.describe(run_id).tasks == (
        Task("Transform", "FAILED", 10.0, "Error (exit code 1)"),
        Task("Trainer", "SKIPPED"),
    )


def test_a_run_that_the_server_does_not_know_is_refused(server: ApiServer) -> None:
    with pytest.raises(SettingsError) as caught:
        client_of(server).describe("1234")

    assert str(caught.value) == (
        "the run must be one of the server's\n"
        "  received: 1234 (404: Failed to get a run: Run 1234 not found)\n"
        "  do:       see `zeroskew kubeflow status`"
    )
