"""An HTTP server of a test, in a thread of it."""

import threading
from typing import Any, TypeVar

from werkzeug.serving import make_server

Server = TypeVar("Server", bound="ThreadedServer")


class ThreadedServer:
    """Serves as long as it is entered.

    Args:
        app: a WSGI application.
        certificate: files of the certificate and its key, for TLS.
    """

    def __init__(self, app: Any, certificate: tuple[str, str] | None = None) -> None:
        self._scheme = "https" if certificate else "http"
        self._http = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=certificate)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def host(self) -> str:
        """The URL of the server."""
        return f"{self._scheme}://127.0.0.1:{self._http.server_port}"

    def __enter__(self: Server) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
