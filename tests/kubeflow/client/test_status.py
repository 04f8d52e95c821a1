"""The list of runs, and one run's steps."""

import datetime
from pathlib import Path

import pytest
from api_server import ApiServer
from client_cases import client_of, environment, started, upload
from zeroskew_kubeflow.client import connect
from zeroskew_kubeflow.wait import Task

from zeroskew.errors import SettingsError


def test_status_lists_the_newest_runs_of_the_experiment(server: ApiServer, package: Path) -> None:
    client = client_of(server)
    uploaded = upload(client, package)
    ids = [client.run(uploaded, package, f"run {number}").run_id for number in range(3)]
    client.wait(ids[0], lambda _: None, poll_seconds=0.0)
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


def test_status_of_a_run_lists_its_steps(server: ApiServer, package: Path) -> None:
    client, run_id = started(server, package)
    client.describe(run_id)

    run = client.describe(run_id)

    assert run.tasks == (Task("Transform", "SUCCEEDED", 10.0), Task("Trainer", "RUNNING"))
    assert (run.run_id, run.state) == (run_id, "RUNNING")


def test_a_run_that_the_server_does_not_know_is_refused(server: ApiServer) -> None:
    with pytest.raises(SettingsError) as caught:
        client_of(server).describe("1234")

    assert str(caught.value) == (
        "the run must be one of the server's\n"
        "  received: 1234 (404: Failed to get a run: Run 1234 not found)\n"
        "  do:       see `zeroskew kubeflow status`"
    )
