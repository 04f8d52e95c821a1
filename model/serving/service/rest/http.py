"""A request and a response of HTTP, and which handler answers which path."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from model.serving.service.refusals import RefusedError
from model.serving.service.rest import json_text

JSON = b"application/json"


class Request(NamedTuple):
    """What a client asks.

    Attributes:
        method: of HTTP.
        path: without the query.
        body: all of it.
    """

    method: str
    path: str
    body: bytes


class Response(NamedTuple):
    """What it gets.

    Attributes:
        body: all of it.
        status: the code of HTTP.
        content_type: what the body is.
        headers: further ones.
        method: what was asked for, for metrics and logs.
        log: what else a line of the access log says.
    """

    body: bytes
    status: int = 200
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    method: str = "other"
    log: Mapping[str, Any] = MappingProxyType({})


Handler = Callable[[Request], Awaitable[Response]]


@dataclasses.dataclass(frozen=True)
class Route:
    """Who answers a path.

    Attributes:
        handler: it.
        is_open: whether it answers without a token, too.
    """

    handler: Handler
    is_open: bool = False


class Router:
    """Knows who answers which path; further parts of the service add their own.

    Usage::

        router = Router()
        router.add("/healthz", alive, is_open=True)
        router.add_below("/v1/models", models)
    """

    def __init__(self) -> None:
        self._paths: dict[str, Route] = {}
        self._below: dict[str, Route] = {}

    def add(self, path: str, handler: Handler, *, is_open: bool = False) -> None:
        """Adds a path that is asked with GET."""
        self._paths[path] = Route(handler, is_open)

    def add_below(self, path: str, handler: Handler, *, is_open: bool = False) -> None:
        """Adds all paths that begin so, in small letters or not, for any method."""
        self._below[path] = Route(handler, is_open)

    def find(self, method: str, path: str) -> Route | None:
        """Returns who answers; None if nobody does."""
        for begin, route in self._below.items():
            if path[: len(begin)].lower() == begin:
                return route
        return self._paths.get(path) if method == "GET" else None


def refusal(refused: RefusedError, method: str = "other") -> Response:
    """Returns the response to a request that gets no answer."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if refused.retry_after is not None:
        headers += ((b"retry-after", str(refused.retry_after).encode()),)
    if refused.http == 401:
        headers += ((b"www-authenticate", b"Bearer"),)
    if refused.http in (413, 504):
        # What is left of the body is not read.
        headers += ((b"connection", b"close"),)
    body = json_text.write({"error": refused.message})
    return Response(body, refused.http, headers=headers, method=method)
