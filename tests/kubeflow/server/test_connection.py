"""What goes wrong between client and server, in its very words."""

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from api_server import ApiServer, Fault
from client_cases import TOKEN, client_of, environment, message_of, upload
from zeroskew_kubeflow.server.client import connect
from zeroskew_kubeflow.server.client_errors import ServerUnavailableError

from zeroskew.errors import SettingsError, WorkspaceError

PAGE = "<html><head><title>Log in to\n Dex</title></head><body>...</body></html>"


def test_the_token_of_the_environment_opens_the_server(
    monkeypatch: pytest.MonkeyPatch, package: Path
) -> None:
    monkeypatch.setenv("ML_TOKEN", f"{TOKEN}\n")
    with ApiServer(token=TOKEN) as server:
        assert upload(client_of(server, token_variable="ML_TOKEN"), package).created is True


def test_a_server_that_wants_a_token_and_gets_none_is_an_error() -> None:
    with ApiServer(token=TOKEN) as server:
        assert message_of(client_of(server)) == (
            "the API server wants a token\n"
            "  allowed:  a bearer token in $KFP_TOKEN\n"
            "  received: 401: Request header error: None is not authenticated\n"
            "  do:       get a new token, and set $KFP_TOKEN"
        )


def test_a_wrong_token_is_an_error_that_does_not_show_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KFP_TOKEN", TOKEN)
    with ApiServer(token="another") as server, caplog.at_level(logging.DEBUG):
        assert message_of(client_of(server)) == (
            "the API server does not know this token\n"
            "  allowed:  a bearer token in $KFP_TOKEN\n"
            "  received: 401: Request header error: Bearer ... is not authenticated\n"
            "  do:       get a new token, and set $KFP_TOKEN"
        )
    own = [record for record in caplog.records if not record.name.startswith("werkzeug")]
    assert TOKEN not in "\n".join(record.getMessage() for record in own)


def test_a_token_that_is_no_word_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, server: ApiServer
) -> None:
    monkeypatch.setenv("KFP_TOKEN", f"Bearer {TOKEN}")

    with pytest.raises(SettingsError) as caught:
        client_of(server)

    assert str(caught.value) == (
        "$KFP_TOKEN must hold a bearer token, which is one word\n"
        "  received: something with spaces, line breaks or other characters\n"
        "  do:       set $KFP_TOKEN again"
    )


def test_a_namespace_of_others_is_an_error(server: ApiServer) -> None:
    forbidden = {"code": 7, "message": "PermissionDenied: User 'jo' is not authorized"}
    server.faults.append(Fault(403, json.dumps(forbidden)))

    assert message_of(client_of(server, namespace="ml")) == (
        "the API server forbids this in the namespace 'ml'\n"
        "  received: 403: PermissionDenied: User 'jo' is not authorized\n"
        "  do:       check server.namespace, and whose token is in $KFP_TOKEN"
    )


def test_a_host_that_does_not_listen_is_an_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert message_of(connect(environment(host)), WorkspaceError) == (
        "the API server must be reachable\n"
        f"  received: {host}: Failed to establish a new connection: [Errno 111] Connection refused"
        "\n"
        "  do:       check server.host; in the cluster: kubectl port-forward"
        " svc/ml-pipeline-ui 8080:80"
    )


def test_a_host_that_is_no_url_is_an_error() -> None:
    assert message_of(connect(environment("http://[nowhere"))).startswith(
        "server.host must be a URL\n"
        "  allowed:  https://kubeflow.example.com/pipeline\n"
        "  received: http://[nowhere"
    )


def test_a_host_that_takes_no_connection_is_an_error() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        with contextlib.ExitStack() as waiting:
            for _ in range(3):
                one = waiting.enter_context(socket.socket())
                one.setblocking(False)
                one.connect_ex(address)
            host = f"http://127.0.0.1:{address[1]}"
            message = message_of(connect(environment(host, timeout=0.05)), WorkspaceError)

    assert f"received: {host}: no connection within 0.05 seconds\n" in message


def test_a_server_that_is_too_slow_is_an_error(server: ApiServer) -> None:
    server.faults.append(Fault(seconds=0.3, times=2))

    assert message_of(client_of(server, timeout=0.1), ServerUnavailableError) == (
        "the API server must answer within 0.1 seconds\n"
        f"  received: nothing from {server.host}\n"
        "  do:       try again"
    )


def test_a_run_whose_answer_is_late_is_started_once(server: ApiServer, package: Path) -> None:
    client = client_of(server, timeout=0.2)
    uploaded = upload(client, package)
    client.latest_runs()
    server.faults.append(Fault(seconds=0.5, method="POST", path="/runs", after=True, times=9))

    with pytest.raises(ServerUnavailableError) as caught:
        client.run(uploaded, package, "a run")

    assert caught.value.action == (
        "it may have done it: look with `zeroskew kubeflow status` before you try again"
    )
    assert len(server.service.runs) == 1


def test_what_only_reads_is_asked_again_when_a_proxy_has_no_server_behind_it(
    server: ApiServer,
) -> None:
    server.faults.append(Fault(503, "no healthy upstream", "text/plain", times=2))

    assert client_of(server).latest_runs() == ()


def test_a_run_is_not_started_again_when_a_proxy_has_no_server_behind_it(
    server: ApiServer, package: Path
) -> None:
    client = client_of(server)
    uploaded = upload(client, package)
    server.faults.append(
        Fault(503, "no healthy upstream", "text/plain", method="POST", path="/runs", times=2)
    )

    with pytest.raises(ServerUnavailableError, match="503: no healthy upstream"):
        client.run(uploaded, package, "a run")

    assert server.faults[0].times == 1


def test_a_used_up_quota_is_an_error(server: ApiServer) -> None:
    server.faults.append(Fault(429, '{"code": 8, "message": "RESOURCE_EXHAUSTED: too many"}'))

    assert message_of(client_of(server), WorkspaceError) == (
        "the quota of the cluster is used up\n"
        "  received: 429: RESOURCE_EXHAUSTED: too many\n"
        "  do:       wait for other runs, or have the quota of 'kubeflow' raised"
    )


def test_the_quota_of_kubernetes_is_found_in_the_words_of_the_server(
    server: ApiServer, package: Path
) -> None:
    said = 'workflows "taxi-x" is forbidden: exceeded quota: compute'
    server.faults.append(
        Fault(500, json.dumps({"code": 13, "message": said}), method="POST", path="/runs")
    )
    client = client_of(server)

    with pytest.raises(WorkspaceError, match="the quota of the cluster is used up"):
        client.run(upload(client, package), package, "a run")


def test_a_login_page_is_an_error(server: ApiServer) -> None:
    server.faults.append(Fault(200, PAGE, "text/html; charset=utf-8"))

    assert message_of(client_of(server)) == (
        "the API server must answer itself, not a login in front of it\n"
        f"  received: a web page: Log in to Dex, from {server.host}\n"
        "  do:       put a token into $KFP_TOKEN; or reach the server past its login:"
        " kubectl port-forward svc/ml-pipeline-ui 8080:80"
    )


def test_a_redirection_to_a_login_is_an_error_and_is_not_followed(server: ApiServer) -> None:
    to = {"Location": "https://dex.example.com/dex/auth?state=secret"}
    server.faults.append(Fault(302, PAGE, "text/html", to))

    message = message_of(client_of(server))

    assert f"received: a redirection to dex.example.com/dex/auth, from {server.host}\n" in message


@pytest.mark.parametrize(
    ("body", "kind"),
    [('{"code": 5, "message": "Not Found"}', "application/json"), ("<p>404</p>", "text/html")],
)
def test_a_server_without_the_second_version_of_the_api_is_an_error(
    server: ApiServer, body: str, kind: str
) -> None:
    server.faults.append(Fault(404, body, kind))

    assert message_of(client_of(server)).startswith(
        "the API server must speak v2beta1, that of Kubeflow Pipelines 2\n"
    )


def test_without_kfp_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kfp", None)
    monkeypatch.delitem(sys.modules, "zeroskew_kubeflow.server.transport", raising=False)

    with pytest.raises(SettingsError) as caught:
        connect(environment("http://127.0.0.1:1"))

    assert str(caught.value) == (
        "talking to an API server needs the client of Kubeflow Pipelines\n"
        "  received: no package kfp\n"
        '  do:       make setup, or in the folder of this project: pip install ".[kubeflow]"'
    )


def test_the_client_imports_kfp_only_when_it_connects() -> None:
    command = (
        "import sys, zeroskew_kubeflow.server.client; print({'kfp', 'urllib3'} & set(sys.modules))"
    )
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, env=path, check=True
    )

    assert done.stdout == "set()\n"
