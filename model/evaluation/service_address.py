"""Where a model is served, ours or TensorFlow Serving, and how a client gets there."""

import contextlib
import dataclasses
import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from model.serving.raw_columns import SIGNATURE
from zeroskew.errors import ParityError, SettingsError
from zeroskew.lazy import lazy_import

grpc = lazy_import("grpc")
prediction_service_pb2_grpc = lazy_import("tensorflow_serving.apis.prediction_service_pb2_grpc")

SECONDS = 60.0
_AVAILABLE = "AVAILABLE"
_SHOWN = 200


@dataclasses.dataclass(frozen=True)
class Address:
    """Where a model is served.

    Attributes:
        url: of REST: scheme, host and port, and what precedes ``/v1`` if anything does.
        grpc: host and port of gRPC, with TLS if the URL is of https; None if it is not asked.
        name: of the model.
        token: what each client must send; None if nothing.
        certificate: file (PEM) of one that is trusted beside those of this machine; None if none.
        version: that is asked.
        takes_missing: whether a value may be left out or null, which TensorFlow Serving refuses.
    """

    url: str
    grpc: str | None
    name: str
    token: str | None = None
    certificate: Path | None = None
    version: int = 0
    takes_missing: bool = True

    @property
    def _is_secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    def available(self) -> list[int]:
        """Returns the numbers of the versions that answer, the newest first.

        Raises:
            SettingsError: nothing answers there.
            ParityError: the server has no such model.
        """
        status, text = self._ask("GET", "")
        try:
            found = json.loads(text)["model_version_status"]
            answering = [int(one["version"]) for one in found if one.get("state") == _AVAILABLE]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ParityError(
                "the server must serve the model",
                allowed=f"the state of versions at /v1/models/{self.name}",
                received=f"{status}: {text[:_SHOWN]}",
                action="name the model as the server does: --name",
            ) from error
        return sorted(answering, reverse=True)

    def predict(self, body: dict[str, Any]) -> tuple[int, str]:
        """Asks `serving_columns` of the version over REST; returns the status and the answer."""
        text = json.dumps({"signature_name": SIGNATURE, **body}, ensure_ascii=False)
        return self._ask("POST", f"/versions/{self.version}:predict", text.encode())

    @contextlib.contextmanager
    def stub(self) -> Iterator[Any]:
        """Opens a connection of gRPC, and yields its PredictionService."""
        options = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", -1)]
        if self._is_secure:
            root = self.certificate.read_bytes() if self.certificate else None
            opened = grpc.secure_channel(self.grpc, grpc.ssl_channel_credentials(root), options)
        else:
            opened = grpc.insecure_channel(self.grpc, options)
        with opened as channel:
            yield prediction_service_pb2_grpc.PredictionServiceStub(channel)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
        headers = {"Content-Type": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            place = urlsplit(self.url)
            whole = f"{place.path.rstrip('/')}/v1/models/{quote(self.name, safe='')}{path}"
            with contextlib.closing(self._connection(place.netloc)) as connection:
                connection.request(method, whole, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.read().decode("utf-8", "replace")
        # A token that no header can hold is a ValueError which shows it, so nothing is said of it.
        except (OSError, ValueError, http.client.HTTPException) as error:
            said = type(error).__name__ if isinstance(error, ValueError) else error
            raise SettingsError(
                "a server must answer at the URL",
                allowed="http://HOST:PORT or https://HOST:PORT of its REST API",
                received=f"{self.url.rpartition('@')[2]}: {said or type(error).__name__}",
                action="correct --url or the token; serve.certificate may name one to trust",
            ) from None

    def _connection(self, netloc: str) -> http.client.HTTPConnection:
        if not self._is_secure:
            return http.client.HTTPConnection(netloc, timeout=SECONDS)
        trusted = ssl.create_default_context()
        if self.certificate is not None:
            trusted.load_verify_locations(self.certificate)
        return http.client.HTTPSConnection(netloc, timeout=SECONDS, context=trusted)
