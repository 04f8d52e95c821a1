"""What goes wrong between a user and an API server, in words that help."""

import dataclasses
import json
import re
import ssl
from urllib.parse import urlsplit

from zeroskew.errors import SettingsError, WorkspaceError, ZeroskewError
from zeroskew_kubeflow.environment import Server

_RESOURCE_EXHAUSTED = 8
_MOST_LETTERS = 500
# urllib3 begins with the object of the connection, in one of two ways.
_WHICH_CONNECTION = re.compile(r"^(<.*?>|\w+\(.*?\)): ")
# A caller that is itself an account, system:serviceaccount:NAMESPACE:NAME, stands in any refusal.
_OF_ACCOUNT = re.compile(r"(?<!system:)service ?accounts?\b", re.I)
_LOGIN = (
    "put a token into ${variable}; or reach the server past its login:"
    " kubectl port-forward svc/ml-pipeline-ui 8080:80"
)


class ServerUnavailableError(WorkspaceError):
    """The API server does not answer; it may a little later."""


class NoSuchResourceError(SettingsError):
    """The API server has nothing of that name or id."""


class NameTakenError(SettingsError):
    """The API server has something else of that name."""


@dataclasses.dataclass(frozen=True)
class Answer:
    """An answer over HTTP.

    Attributes:
        status: its number.
        content_type: what the body is said to be.
        location: where a redirection leads.
        body: the text.
    """

    status: int
    content_type: str
    location: str
    body: str


def of_connection(error: Exception, method: str, server: Server) -> ZeroskewError:
    """Returns the error for a request that got no answer.

    Args:
        error: urllib3's.
        method: of the request, such as GET.
        server: that was asked.
    """
    reason = getattr(error, "reason", None) or error
    kind = type(reason).__name__
    if kind in {"SSLError", "CertificateError"} or isinstance(reason, ssl.SSLError):
        return SettingsError(
            "the API server must prove who it is, by a certificate that is trusted",
            received=f"{server.host}: {_words(str(reason))}",
            action="name the cluster's certificates in server.ca_file; check https and host",
        )
    if kind == "LocationParseError" or "URL" in kind:
        return SettingsError(
            "server.host must be a URL",
            allowed="https://kubeflow.example.com/pipeline",
            received=server.host,
        )
    if kind in {"ReadTimeoutError", "ProtocolError"}:
        late = kind == "ReadTimeoutError"
        return ServerUnavailableError(
            f"the API server must answer within {server.timeout:g} seconds"
            if late
            else "the API server must answer, and not end the connection",
            received=f"nothing from {server.host}",
            action="try again"
            if method == "GET"
            else "it may have done it: look with `zeroskew kubeflow status` before you try again",
        )
    why = _WHICH_CONNECTION.sub("", str(reason))
    if kind == "ConnectTimeoutError":
        why = f"no connection within {server.timeout:g} seconds"
    return ServerUnavailableError(
        "the API server must be reachable",
        received=f"{server.host}: {_words(why)}",
        action="check server.host; in the cluster: kubectl port-forward svc/ml-pipeline-ui 8080:80",
    )


def of_answer(answer: Answer, server: Server, token: str | None) -> ZeroskewError | None:
    """Returns the error that an answer means, if it means one.

    Args:
        answer: of the server.
        server: that was asked.
        token: that it was given, which no message shows.
    """
    content = _content(answer.body)
    said = _said(answer, content)
    if token:
        said = said.replace(token, "...")
    if answer.status < 300:
        return None if content is not None else _login(server, f"a web page: {said}")
    if answer.status < 400:
        target = urlsplit(answer.location)
        return _login(server, f"a redirection to {target.netloc or server.host}{target.path}")
    return _of_status(answer.status, content, said, server, token)


def _of_status(
    status: int, content: dict[str, object] | None, said: str, server: Server, token: str | None
) -> ZeroskewError:
    code = content.get("code") if content else None
    received = f"{status}: {said}"
    variable = server.token_variable
    if status == 429 or code == _RESOURCE_EXHAUSTED or "exceeded quota" in said:
        return WorkspaceError(
            "the quota of the cluster is used up",
            received=received,
            action=f"wait for other runs, or have the quota of {server.namespace!r} raised",
        )
    account = server.service_account
    if status in {400, 403} and account and account in said and _OF_ACCOUNT.search(said):
        return SettingsError(
            f"the API server must let runs use the service account {account!r}",
            allowed="accounts in its setting ALLOWEDSERVICEACCOUNTS, for those who may use them",
            received=received,
            action="have its admin list the account; where the server has several users, also"
            " apply the Role of kubeflow/manifests/base, with the verb `use`",
        )
    if status == 401:
        return SettingsError(
            "the API server does not know this token" if token else "the API server wants a token",
            allowed=f"a bearer token in ${variable}",
            received=received,
            action=f"get a new token, and set ${variable}",
        )
    if status == 403:
        return SettingsError(
            f"the API server forbids this in the namespace {server.namespace!r}",
            received=received,
            action=f"check server.namespace, and whose token is in ${variable}",
        )
    if status == 404 and content and said.lower() != "not found":
        return NoSuchResourceError("the API server has no such thing", received=received)
    if status == 404:
        return SettingsError(
            "the API server must speak v2beta1, that of Kubeflow Pipelines 2",
            received=f"{received}, from {server.host}",
            action="check the path of server.host (in Kubeflow it ends with /pipeline),"
            " and the server's version",
        )
    if status == 409:
        return NameTakenError(
            "a name can be taken once, in all namespaces together on some servers",
            received=received,
            action="choose another `name` in the settings",
        )
    if status >= 500:
        return ServerUnavailableError(
            "the API server has failed", received=received, action="try again; see its log"
        )
    return SettingsError("the API server refuses the request", received=received)


def _login(server: Server, received: str) -> SettingsError:
    return SettingsError(
        "the API server must answer itself, not a login in front of it",
        received=f"{received}, from {server.host}",
        action=_LOGIN.replace("{variable}", server.token_variable),
    )


def _content(body: str) -> dict[str, object] | None:
    """Returns the JSON object of an answer; None if it is none."""
    try:
        content = json.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _said(answer: Answer, content: dict[str, object] | None) -> str:
    """Returns what a server says about a failure: its two services say it in two ways."""
    for key in ("error_message", "message", "error"):
        text = (content or {}).get(key)
        if isinstance(text, str) and text:
            return _words(text)
    title = re.search(r"<title>(.*?)</title>", answer.body, re.I | re.S)
    return _words(title[1] if title else re.sub(r"<[^>]*>", " ", answer.body)) or "nothing"


def _words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _MOST_LETTERS else f"{words[:_MOST_LETTERS]}..."
