"""Waiting for a run, through failures and outages."""

import logging
from pathlib import Path

import pytest
from api_server import ApiServer, Fault
from client_cases import started
from zeroskew_kubeflow.client_errors import ServerUnavailableError
from zeroskew_kubeflow.wait import Task

from zeroskew.errors import StepError


def test_waiting_tells_of_each_step_as_its_state_changes(server: ApiServer, package: Path) -> None:
    client, run_id = started(server, package)
    told: list[Task] = []

    run = client.wait(run_id, told.append, poll_seconds=0.0)

    assert told == [
        Task("Transform", "RUNNING"),
        Task("Transform", "SUCCEEDED", 10.0),
        Task("Trainer", "RUNNING"),
        Task("Trainer", "SUCCEEDED", 10.0),
    ]
    assert (run.state, run.seconds, len(run.tasks)) == ("SUCCEEDED", 30.0, 2)


def test_a_failed_run_says_which_step_and_why(server: ApiServer, package: Path) -> None:
    server.service.failures["Trainer"] = "OOMKilled\n (exit code 137)"
    client, run_id = started(server, package)
    told: list[Task] = []

    with pytest.raises(StepError) as caught:
        client.wait(run_id, told.append, poll_seconds=0.0)

    assert str(caught.value) == (
        "step Trainer failed\n"
        "  received: Trainer: OOMKilled (exit code 137)\n"
        f"  do:       see the step's log: {server.host}/#/runs/details/{run_id}"
    )
    assert told[-1] == Task("Trainer", "FAILED", 10.0, "OOMKilled (exit code 137)")


def test_a_run_that_somebody_cancels_ends_the_wait(server: ApiServer, package: Path) -> None:
    client, run_id = started(server, package)

    with pytest.raises(StepError, match="the run ended as CANCELED"):
        client.wait(run_id, lambda _: server.service.runs[run_id].cancel(), poll_seconds=0.0)


def test_waiting_survives_an_outage_of_the_server(
    server: ApiServer, package: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client, run_id = started(server, package)
    server.faults.append(Fault(500, '{"message": "database is away"}', times=2, path="/runs/"))

    with caplog.at_level(logging.WARNING, "zeroskew"):
        run = client.wait(run_id, lambda _: None, poll_seconds=0.0)

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
        client.wait(run_id, lambda _: None, poll_seconds=0.01, outage=0.05)


def test_waiting_ends_after_its_time_and_the_run_goes_on(server: ApiServer, package: Path) -> None:
    client, run_id = started(server, package)

    with pytest.raises(StepError) as caught:
        client.wait(run_id, lambda _: None, poll_seconds=0.2, timeout=0.1)

    assert str(caught.value) == (
        "the run must end within 0.1 seconds\n"
        "  received: Transform RUNNING\n"
        "  do:       it goes on; look with `zeroskew kubeflow status`"
    )
    assert client.wait(run_id, lambda _: None, poll_seconds=0.0).state == "SUCCEEDED"
