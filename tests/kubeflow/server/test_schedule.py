"""A recurring run, and its replacement."""

import contextlib
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from api_server import ApiServer, Fault, Service
from client_cases import QUICK, ROOT, client_of, started, upload
from zeroskew_kubeflow.server.client import Client

from zeroskew.errors import WorkspaceError


def schedule(client: Client, package: Path, **arguments: Any) -> Any:
    return client.schedule(upload(client, package), package, "taxi nightly", **arguments)


def test_a_schedule_is_a_recurring_run_that_is_enabled(server: ApiServer, package: Path) -> None:
    client = client_of(server, service_account="zeroskew")
    uploaded = upload(client, package)

    scheduled = client.schedule(uploaded, package, "taxi nightly", {"epochs": 9})

    (experiment,) = server.service.experiments.values()
    assert server.bodies("POST", "/recurringruns") == [
        {
            "experiment_id": experiment.experiment_id,
            "display_name": "taxi nightly",
            "mode": "ENABLE",
            "trigger": {"cron_schedule": {"cron": "0 30 4 * * *"}},
            "max_concurrency": "2",
            "no_catchup": True,
            "pipeline_version_reference": {
                "pipeline_id": uploaded.pipeline_id,
                "pipeline_version_id": uploaded.version_id,
            },
            "runtime_config": {"parameters": {"epochs": 9}, "pipeline_root": ROOT},
            "service_account": "zeroskew",
        }
    ]
    assert list(server.service.recurring_runs) == [scheduled.recurring_run_id]
    assert scheduled.url == f"{server.host}/#/recurringrun/details/{scheduled.recurring_run_id}"
    assert (scheduled.replaced, scheduled.disabled) == ((), ())


def test_a_schedule_replaces_that_of_its_name_and_no_other(
    server: ApiServer, package: Path
) -> None:
    client = client_of(server)
    other = client.schedule(upload(client, package), package, "taxi weekly")
    old = schedule(client, package)
    asked = len(server.received)

    new = schedule(client, package)

    path = "/apis/v2beta1/recurringruns"
    changes = [
        (one.method, one.path)
        for one in server.received[asked:]
        if one.method != "GET" and one.path.startswith(path)
    ]
    assert changes == [
        ("POST", path),
        ("POST", f"{path}/{old.recurring_run_id}:disable"),
        ("POST", f"{path}/{new.recurring_run_id}:enable"),
        ("DELETE", f"{path}/{old.recurring_run_id}"),
    ]
    assert server.bodies("POST", "/recurringruns")[-1]["mode"] == "DISABLE"
    assert {one: run.mode for one, run in server.service.recurring_runs.items()} == {
        other.recurring_run_id: "ENABLE",
        new.recurring_run_id: "ENABLE",
    }
    assert new.replaced == (old.recurring_run_id,)


def enabled(server: ApiServer) -> list[str]:
    runs = server.service.recurring_runs
    return [one for one, recurring_run in runs.items() if recurring_run.mode == "ENABLE"]


class Killed(BaseException):
    """Ends a command where it stands."""


@pytest.mark.parametrize("requests_before_death", range(9))
def test_a_schedule_that_is_killed_anywhere_never_runs_twice_and_is_simply_repeated(
    server: ApiServer, package: Path, requests_before_death: int
) -> None:
    client = client_of(server)
    schedule(client, package)
    uploaded = upload(client, package)
    dying = client_of(server)
    pool = dying._kfp._run_api.api_client.rest_client.pool_manager
    send: Callable[..., Any] = pool.request
    sent = 0

    def die(*arguments: Any, **options: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent > requests_before_death:
            raise Killed
        answer = send(*arguments, **options)
        assert len(enabled(server)) <= 1
        return answer

    pool.request = die
    with contextlib.suppress(Killed):
        dying.schedule(uploaded, package, "taxi nightly")

    again = schedule(client_of(server), package)

    assert enabled(server) == [again.recurring_run_id]
    assert list(server.service.recurring_runs) == [again.recurring_run_id]


def test_the_old_schedule_is_back_when_the_new_one_cannot_be_enabled(
    server: ApiServer, package: Path
) -> None:
    client = client_of(server)
    old = schedule(client, package)
    server.faults.append(Fault(500, '{"message": "no such workflow"}', path=":enable"))

    with pytest.raises(WorkspaceError, match="500: no such workflow"):
        schedule(client, package)

    assert list(server.service.recurring_runs) == [old.recurring_run_id]
    assert enabled(server) == [old.recurring_run_id]


def test_an_old_schedule_with_a_run_that_goes_on_is_kept_disabled(
    server: ApiServer, package: Path
) -> None:
    client, run_id = started(server, package)
    old = schedule(client, package)
    server.service.runs[run_id].request.recurring_run_id = old.recurring_run_id

    new = schedule(client, package)

    assert (new.replaced, new.disabled) == ((), (old.recurring_run_id,))
    assert enabled(server) == [new.recurring_run_id]
    client.wait(run_id, lambda _: None, QUICK)
    last = schedule(client, package)
    assert sorted(last.replaced) == sorted([old.recurring_run_id, new.recurring_run_id])


def test_more_recurring_runs_than_one_page_are_all_replaced(
    server: ApiServer, package: Path
) -> None:
    client = client_of(server)
    schedule(client, package)
    (first,) = server.service.recurring_runs.values()
    for number in range(120):
        other = copy.deepcopy(first)
        other.mode, other.recurring_run_id = "DISABLE", f"old-{number}"
        server.service.recurring_runs[other.recurring_run_id] = other

    new = schedule(client, package)

    assert len(new.replaced) == 121
    assert list(server.service.recurring_runs) == [new.recurring_run_id]


def test_a_run_that_goes_on_is_found_behind_a_hundred_newer_ones(
    server: ApiServer, package: Path
) -> None:
    client, run_id = started(server, package)
    old = schedule(client, package)
    server.service.runs[run_id].request.recurring_run_id = old.recurring_run_id
    for number in range(120):
        newer = copy.deepcopy(server.service.runs[run_id])
        newer.run_id, newer.request.recurring_run_id = f"newer-{number}", None
        server.service.runs[newer.run_id] = newer

    new = schedule(client, package)

    assert (new.replaced, new.disabled) == ((), (old.recurring_run_id,))


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("2.5.0", "this one is 2.5.0"),
        ("2.16.1", "this one is 2.16.1"),
        ("unknown", "this one does not tell its version"),
    ],
)
def test_a_schedule_with_an_account_says_that_the_server_may_not_keep_it(
    package: Path, version: str, words: str
) -> None:
    with ApiServer(Service(version=version)) as server:
        scheduled = schedule(client_of(server, service_account="zeroskew"), package)

    assert scheduled.warning == (
        "servers before 2.17 run recurring runs as their default account, not as 'zeroskew'; "
        f"{words}"
    )


@pytest.mark.parametrize(
    ("version", "account"), [("2.17.0", "zeroskew"), ("v2.17.1", "zeroskew"), ("2.5.0", None)]
)
def test_a_schedule_whose_account_the_server_keeps_says_nothing(
    package: Path, version: str, account: str | None
) -> None:
    with ApiServer(Service(version=version)) as server:
        assert schedule(client_of(server, service_account=account), package).warning is None
        (made,) = server.service.recurring_runs.values()
        assert made.service_account == account


def test_a_web_interface_in_front_of_the_server_tells_its_version_too(
    server: ApiServer, package: Path
) -> None:
    health = '{"apiServerTagName": "2.16.0", "frontendTagName": "2.17.0", "multi_user": false}'
    server.faults.append(Fault(body=health, path="/healthz"))

    scheduled = schedule(client_of(server, service_account="zeroskew"), package)

    assert scheduled.warning is not None
    assert scheduled.warning.endswith("this one is 2.16.0")


def test_a_schedule_is_made_though_the_server_tells_nothing_of_itself(
    server: ApiServer, package: Path
) -> None:
    server.faults.append(Fault(404, '{"code": 5, "message": "Not Found"}', path="/healthz"))

    scheduled = schedule(client_of(server, service_account="zeroskew"), package)

    assert scheduled.warning is not None
    assert scheduled.warning.endswith("this one does not tell its version")
