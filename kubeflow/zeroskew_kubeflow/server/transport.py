"""kfp's own client with one way out: each request has a time limit, each failure a message.

Needs kfp; `client.connect` imports it when it is used.
"""

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import kfp
import kfp_server_api
import urllib3  # type: ignore[import-untyped]

from zeroskew.errors import SettingsError
from zeroskew_kubeflow.environment import Server
from zeroskew_kubeflow.server import client_errors

_NAMESPACE_OF_SINGLE_USERS = "kubeflow"
# A request that was never sent may be sent again; one that may have arrived only if it reads.
_RETRIES = urllib3.Retry(
    total=3,
    connect=3,
    read=1,
    status=3,
    other=0,
    allowed_methods={"GET"},
    status_forcelist={502, 503, 504},
    backoff_factor=0.2,
    raise_on_status=False,
    respect_retry_after_header=False,
)


class KfpClient(kfp.Client):
    """kfp's client, which asks nothing before it is asked something."""

    def get_kfp_healthz(self, sleep_duration: int = 5) -> Any:
        """Answers for the server: the constructor would ask it with no time limit.

        Args:
            sleep_duration: not used.
        """
        return kfp_server_api.V2beta1GetHealthzResponse(multi_user=False)

    def get_json(self, path: str, query: Mapping[str, str], **variables: str) -> dict[str, Any]:
        """Returns what the server answers, with all that the installed kfp does not know of.

        Args:
            path: with the names of its variables in braces.
            query: what follows it.
            **variables: of the path.

        Raises:
            ZeroskewError: there is no answer, or it is not one of the API.
        """
        answer: dict[str, Any] = self._run_api.api_client.call_api(
            path,
            "GET",
            path_params=variables,
            query_params=list(query.items()),
            header_params={"Accept": "application/json"},
            response_type="object",
            auth_settings=["Bearer"],
            _return_http_data_only=True,
        )
        return answer

    def to_json(self, answer: Any) -> dict[str, Any]:
        """Returns the JSON that one of kfp's own answers was read from."""
        content: dict[str, Any] = self._run_api.api_client.sanitize_for_serialization(answer)
        return content


def make_client(server: Server) -> tuple[KfpClient, str | None]:
    """Returns a client, and the namespace of its requests if the server has several.

    Raises:
        SettingsError: the token or the certificates are unusable.
    """
    token = _token(server.token_variable)
    if server.ca_file is not None and not server.ca_file.is_file():
        raise SettingsError(
            "the certificates of the API server must be a file",
            received=f"{server.ca_file} (no such file)",
            action="correct server.ca_file",
        )
    with quietly():
        client = KfpClient(
            host=server.host,
            namespace=server.namespace,
            existing_token=token,
            ssl_ca_cert=None if server.ca_file is None else str(server.ca_file),
        )
    # It would tell of each retry, with all of the URL.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    rest = client._run_api.api_client.rest_client
    rest.pool_manager = _Pool(rest.pool_manager, server, token)
    several = server.namespace != _NAMESPACE_OF_SINGLE_USERS
    return client, server.namespace if several else None


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keeps what kfp prints and warns of away from the output of a command."""
    # kfp writes to the root logger; where that has no handler, Python gives it one for good.
    handler = logging.NullHandler()
    logging.root.addHandler(handler)
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.root.removeHandler(handler)


def _token(variable: str) -> str | None:
    token = os.environ.get(variable, "").strip()
    if not all("!" <= letter <= "~" for letter in token):
        raise SettingsError(
            f"${variable} must hold a bearer token, which is one word",
            received="something with spaces, line breaks or other characters",
            action=f"set ${variable} again",
        )
    return token or None


class _Pool:
    """What kfp's client sends all requests through; takes the place of urllib3's pool."""

    def __init__(self, pool: Any, server: Server, token: str | None) -> None:
        self._pool = pool
        self._server = server
        self._token = token

    def request(self, method: str, url: str, **options: Any) -> Any:
        """Sends a request.

        Raises:
            ZeroskewError: there is no answer, or it is not one of the API.
        """
        limit = urllib3.Timeout(connect=self._server.timeout, read=self._server.timeout)
        options.update(timeout=limit, retries=_RETRIES, redirect=False)
        try:
            response = self._pool.request(method, url, **options)
        except urllib3.exceptions.HTTPError as error:
            raise client_errors.of_connection(error, method, self._server) from error
        answer = client_errors.Answer(
            response.status,
            response.headers.get("Content-Type", ""),
            response.headers.get("Location", ""),
            response.data.decode("utf-8", "replace"),
        )
        problem = client_errors.of_answer(answer, self._server, self._token)
        if problem is not None:
            raise problem
        return response
