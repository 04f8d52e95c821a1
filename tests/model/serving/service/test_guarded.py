"""A service with token, TLS and narrow limits, whose versions change while it is asked."""

import json
import re
import shutil
import socket
import ssl
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import grpc
import httpx
import pytest
from asking import Asking
from served import ROW, TOKEN, ask, metrics_of, save_broken_version, save_version
from tensorflow_serving.apis import get_model_status_pb2, model_service_pb2_grpc

from pipeline.serve_check import check_elsewhere
from pipeline.settings import load_settings

ALLOWED = {"authorization": f"Bearer {TOKEN}"}
BODY = json.dumps({"signature_name": "serving_columns", "instances": [ROW]}).encode()


@pytest.fixture(scope="module")
def trusted(certificate):
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture(scope="module")
def client(trusted):
    with httpx.Client(verify=trusted, headers=ALLOWED) as one:
        yield one


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def connect(guarded, trusted):
    """Opens a connection for what no client would send."""
    address = urlsplit(guarded.rest)
    plain = socket.create_connection((address.hostname, address.port), timeout=20)
    return trusted.wrap_socket(plain, server_hostname=address.hostname)


def received(connection) -> bytes:
    """Returns the whole answer, however many parts it comes in."""
    answer = b""
    while True:
        answer += connection.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None
        if len(body) == int(length[1]):
            return answer


def test_it_answers_over_tls_who_sends_the_token(guarded, client):
    assert guarded.rest.startswith("https://")
    assert ask(guarded.model, [ROW], client)[0]["double"] == 103.0
    assert '-H "Authorization: Bearer $SMALL_TOKEN"' in guarded.said
    assert TOKEN not in guarded.said


@pytest.mark.parametrize("sent", [None, TOKEN, f"Bearer {TOKEN}x", "Bearer", f"bearer {TOKEN}"])
def test_who_sends_another_token_or_none_is_refused(guarded, trusted, sent):
    headers = {} if sent is None else {"authorization": sent}
    with httpx.Client(verify=trusted, headers=headers) as stranger:
        for path in (":predict", "", "/metadata"):
            url = f"{guarded.model}{path}"
            answer = stranger.post(url, content=BODY) if path == ":predict" else stranger.get(url)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        assert stranger.get(f"{guarded.rest}/metrics").status_code == 401
        assert stranger.get(f"{guarded.rest}/nothing").status_code == 401
        assert stranger.get(f"{guarded.rest}/healthz").status_code == 200
        assert stranger.get(f"{guarded.rest}/readyz").status_code == 200


def test_grpc_asks_for_token_and_tls_as_well(guarded, certificate):
    credentials = grpc.ssl_channel_credentials(certificate.read_bytes())
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "small"
    with grpc.secure_channel(guarded.grpc, credentials) as channel:
        status = model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus
        metadata = [("authorization", f"Bearer {TOKEN}")]
        answer = status(request, metadata=metadata, timeout=20)
        assert answer.model_version_status[0].version == 1
        with pytest.raises(grpc.RpcError) as caught:
            status(request, timeout=20)
        assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (b" " * (1 << 20) + BODY, 413, "a body may have 1 MiB (setting serve.body_mib)"),
        (b'{"a": [[[[[]]]]]}', 400, "the lists and objects of a request may not lie deeper"),
        (
            json.dumps({"signature_name": "serving_columns", "instances": [{}] * 5001}).encode(),
            400,
            "a request may have no more rows than allowed",
        ),
    ],
)
def test_what_is_too_large_is_refused(guarded, client, body, code, text):
    answer = client.post(f"{guarded.model}:predict", content=body)
    assert answer.status_code == code
    assert answer.json()["error"].startswith(text)
    assert ask(guarded.model, [ROW], client)[0]["double"] == 103.0


def test_who_sends_too_slowly_is_refused(guarded, trusted):
    with connect(guarded, trusted) as slow:
        slow.sendall(
            b"POST /v1/models/small:predict HTTP/1.1\r\nhost: localhost\r\n"
            + f"authorization: Bearer {TOKEN}\r\n".encode()
            + b"content-length: 100\r\n\r\n{"
        )
        answer = received(slow)
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert b"a request may take 3 s (setting serve.seconds)" in answer


def test_each_request_is_a_line_of_the_log_without_the_token(guarded, client):
    ask(guarded.model, [ROW, ROW], client)
    until(lambda: any('"rows": 2' in line for line in guarded.errors))
    (line, *_) = [json.loads(one) for one in guarded.errors if '"rows": 2' in one]
    assert line.pop("time") == pytest.approx(time.time(), abs=60)
    assert line.pop("ms") > 0
    assert line == {
        "client": "127.0.0.1",
        "method": "POST",
        "path": "/v1/models/small:predict",
        "status": 200,
        "version": 1,
        "rows": 2,
    }
    assert TOKEN not in "".join(guarded.errors)


def test_it_is_checked_from_elsewhere_with_token_and_tls(
    guarded, changing, certificate, monkeypatch, capsys
):
    monkeypatch.setenv("SMALL_TOKEN", TOKEN)
    tls = {"certificate": certificate, "key": certificate.with_name("key.pem")}
    settings = load_settings(None, {"serve": {"token_variable": "SMALL_TOKEN", **tls}})
    check_elsewhere(guarded.rest, guarded.grpc, changing, "small", settings, None)
    server, checked, *paths = capsys.readouterr().out.splitlines()
    assert server == f"server     {guarded.rest}, version 1"
    assert checked == "checked    small, version 1: 5 rows"
    assert [one.split(",")[0].strip() for one in paths] == ["REST"] * 3 + ["gRPC"] * 2


class AskingForDoubles(Asking):
    """Clients that ask without a pause while the block lasts."""

    def __init__(self, guarded, trusted):
        super().__init__(4)
        self._guarded, self._trusted = guarded, trusted
        self.doubles = []
        self.errors = []

    def ask(self):
        with httpx.Client(verify=self._trusted, headers=ALLOWED, timeout=30) as client:
            while not self.ended.is_set():
                try:
                    self.doubles.append(ask(self._guarded.model, [ROW], client)[0]["double"])
                except (AssertionError, httpx.HTTPError) as error:
                    self.errors.append(error)


def test_versions_change_while_it_is_asked_and_no_request_fails(
    guarded, client, trusted, changing, tmp_path_factory
):
    def state():
        statuses = client.get(guarded.model).json()["model_version_status"]
        return {one["version"]: one["state"] for one in statuses}

    spare = save_version(tmp_path_factory.mktemp("spare") / "2", added=200.0)
    with AskingForDoubles(guarded, trusted) as asking:
        until(lambda: 103.0 in asking.doubles)
        spare.rename(changing / "2")
        until(lambda: state() == {"2": "AVAILABLE", "1": "END"})
        until(lambda: asking.doubles[-1] == 203.0)
        broken = save_broken_version(changing / "3")
        until(lambda: state() == {"3": "END", "2": "AVAILABLE", "1": "END"})
        count = len(asking.doubles)
        until(lambda: len(asking.doubles) > count + 8)
        shutil.rmtree(changing / "2")
        until(lambda: state() == {"2": "END", "1": "AVAILABLE"} | {"3": "END"})
        until(lambda: asking.doubles[-1] == 103.0)
    assert asking.errors == []
    assert {*asking.doubles} == {103.0, 203.0}
    status = client.get(f"{guarded.model}/versions/3").json()["model_version_status"][0]["status"]
    assert status["error_code"] != "OK"
    assert str(broken) in status["error_message"]
    assert any("version 3 is not served" in line for line in guarded.errors)
    counted = metrics_of(client.get(f"{guarded.rest}/metrics").text)
    assert counted['zeroskew_serving_failed_loads_total{model="small"}'] == 1


def test_sigterm_ends_it_when_what_was_asked_is_answered(guarded, trusted):
    with connect(guarded, trusted) as begun:
        begun.sendall(
            b"POST /v1/models/small:predict HTTP/1.1\r\nhost: localhost\r\n"
            + f"authorization: Bearer {TOKEN}\r\n".encode()
            + f"content-length: {len(BODY)}\r\n\r\n".encode()
            + BODY[:10]
        )
        time.sleep(0.2)
        guarded.terminate()
        until(lambda: not _takes_connections(guarded))
        begun.sendall(BODY[10:])
        answer = received(begun)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"double":103.0' in answer
    assert guarded.end() == (0, "stopped    all that was asked is answered\n")


def _takes_connections(guarded) -> bool:
    address = urlsplit(guarded.rest)
    try:
        socket.create_connection((address.hostname, address.port), timeout=1).close()
    except OSError:
        return False
    return True
