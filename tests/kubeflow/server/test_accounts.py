"""Accounts that a server lets a run use: from 2.18 on, it lists them."""

import json
from pathlib import Path

import pytest
from api_server import ApiServer, Fault, Service
from client_cases import client_of, upload
from zeroskew_kubeflow.server.client import Client

from zeroskew.errors import SettingsError

RULE = "the API server must let runs use the service account 'zeroskew'\n"
ALLOWED = "  allowed:  accounts in its setting ALLOWEDSERVICEACCOUNTS, for those who may use them\n"
ACTION = (
    "  do:       have its admin list the account; where the server has several users, also"
    " apply the Role of kubeflow/manifests/base, with the verb `use`"
)


def refusal(client: Client, package: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        client.run(upload(client, package), package, "a run")
    return str(caught.value)


def test_an_account_that_the_server_does_not_list_is_refused(package: Path) -> None:
    with ApiServer(Service(version="2.18.0")) as server:
        client = client_of(server, service_account="zeroskew")
        message = refusal(client, package)
        with pytest.raises(SettingsError, match="must let runs use the service account"):
            client.schedule(upload(client, package), package, "taxi nightly")

    assert message == (
        f"{RULE}{ALLOWED}"
        "  received: 400: Invalid input error: Service account zeroskew is not allowed\n"
        f"{ACTION}"
    )


def test_an_account_that_the_caller_may_not_use_is_refused(package: Path) -> None:
    with ApiServer(Service(multi_user=True, version="2.18.0")) as server:
        server.service.accounts = {"zeroskew"}
        message = refusal(client_of(server, namespace="ml", service_account="zeroskew"), package)

    assert message == (
        f"{RULE}{ALLOWED}"
        "  received: 403: PermissionDenied: User 'jo' is not authorized with reason: (request:"
        " &ResourceAttributes{Namespace:ml,Verb:use,Group:,Version:v1,"
        "Resource:serviceaccounts,Subresource:,Name:zeroskew,})\n"
        f"{ACTION}"
    )


def test_an_account_that_is_listed_and_may_be_used_is_taken(package: Path) -> None:
    with ApiServer(Service(multi_user=True, version="2.18.0")) as server:
        server.service.accounts = server.service.usable = {"zeroskew"}
        client = client_of(server, namespace="ml", service_account="zeroskew")
        client.run(upload(client, package), package, "a run")

        (body,) = server.bodies("POST", "/runs")

    assert body["service_account"] == "zeroskew"


def test_a_caller_that_is_an_account_itself_is_not_taken_for_the_reason(
    server: ApiServer, package: Path
) -> None:
    said = "User 'system:serviceaccount:ml:zeroskew' is not authorized"
    server.faults.append(
        Fault(403, json.dumps({"code": 7, "message": said}), method="POST", path="/runs")
    )

    assert refusal(client_of(server, service_account="zeroskew"), package).startswith(
        "the API server forbids this in the namespace 'kubeflow'\n"
    )
