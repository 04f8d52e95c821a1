"""A stand-in for TensorFlow Serving, which has no package: what its REST API refuses, and NaN.

It asks the service for its answers, so it tells nothing of what TensorFlow Serving computes.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


@contextlib.contextmanager
def strict(service: str, columns: set[str]) -> Iterator[str]:
    """Serves what a service does, but takes only whole rows; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(httpx.get(f"{service}{self.path}"))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if not _is_whole(json.loads(body), columns):
                self._answer(httpx.Response(400, json={"error": "Missing named input"}))
                return
            self._answer(httpx.post(f"{service}{self.path}", content=body))

        def _answer(self, answer: httpx.Response) -> None:
            text = answer.text.replace("null", "NaN").encode()
            self.send_response(answer.status_code)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *unused: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _is_whole(body: dict[str, Any], columns: set[str]) -> bool:
    """Whether each row has each column, none is null, and lists of a column are equally long."""
    rows = body.get("instances")
    if rows is None:
        rows = [
            dict(zip(body["inputs"], cells, strict=True))
            for cells in zip(*body["inputs"].values(), strict=True)
        ]
    if any(row.keys() != columns or None in row.values() for row in rows):
        return False
    lists = [name for name, cell in rows[0].items() if isinstance(cell, list)]
    return all(len({len(row[name]) for row in rows}) == 1 for name in lists)
