"""The ASGI application: limits, token and clock around each request; what is counted and logged."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from model.serving.service.metrics import Metrics
from model.serving.service.refusals import Code, RefusedError
from model.serving.service.rest import coding
from model.serving.service.rest.http import Request, Response, Router, refusal
from model.serving.service.rest.origins import Origins
from model.serving.service.settings import ServeSettings
from model.serving.service.token import is_allowed

logger = logging.getLogger(__name__)
access = logging.getLogger("zeroskew.access")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_MIB = 1 << 20


class App:
    """Answers what comes over HTTP.

    Args:
        router: who answers which path.
        settings: the limits.
        metrics: counts.
        token: what each client must send; None if nothing.
    """

    def __init__(
        self, router: Router, settings: ServeSettings, metrics: Metrics, token: str | None
    ) -> None:
        self._router = router
        self._seconds = settings.seconds
        self._bytes = settings.body_mib * _MIB
        self._metrics = metrics
        self._token = token
        self._unpacker = coding.Unpacker(self._bytes)
        self._origins = Origins(settings.allow_origins)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers a request, as ASGI wants it."""
        if scope["type"] != "http":
            return
        begin = time.perf_counter()
        headers = scope["headers"]
        response = self._origins.answer(scope["method"], headers)
        if response is None:
            response = await coding.packed(await self._timed(scope, receive), headers)
        response = self._origins.readable(response, headers)
        await _send(send, response)
        seconds = time.perf_counter() - begin
        self._metrics.request("REST", response.method, str(response.status), seconds)
        if access.isEnabledFor(logging.INFO):
            _log(scope, response, seconds)

    async def _timed(self, scope: Message, receive: Receive) -> Response:
        """Answers a request, or says that it took too long."""
        task = asyncio.current_task()
        assert task is not None
        clock = _Clock(task)
        timer = asyncio.get_running_loop().call_later(self._seconds, clock.strike)
        try:
            return await self._answer(scope, receive)
        except asyncio.CancelledError:
            if not clock.has_struck:
                raise
            message = f"a request may take {self._seconds:g} s (setting serve.seconds)"
            return refusal(RefusedError(Code.DEADLINE_EXCEEDED, message))
        finally:
            timer.cancel()

    async def _answer(self, scope: Message, receive: Receive) -> Response:
        method, path = scope["method"], scope["path"]
        try:
            route = self._router.find(method, path)
            if self._token is not None and not (route and route.is_open):
                self._check_token(scope["headers"], self._token)
            if route is None:
                raise RefusedError(Code.NOT_FOUND, f"there is nothing at {method} {path}")
            packed = await self._received(receive) if method == "POST" else b""
            async with self._unpacker.unpacked(packed, scope["headers"]) as body:
                return await route.handler(Request(method, path, body))
        except RefusedError as refused:
            return refusal(refused)
        except Exception as error:
            logger.exception("%s %s failed", method, path)
            return refusal(RefusedError(Code.INTERNAL, f"the service has failed: {error!r}"))

    async def _received(self, receive: Receive) -> bytes:
        message = await receive()
        body: bytes = message.get("body", b"")
        if not message.get("more_body") and len(body) <= self._bytes:
            return body
        parts = [body]
        size = len(body)
        while message.get("more_body") and size <= self._bytes:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        if size > self._bytes:
            raise coding.too_large(self._bytes)
        return b"".join(parts)

    def _check_token(self, headers: list[tuple[bytes, bytes]], token: str) -> None:
        sent = next((value for name, value in headers if name == b"authorization"), None)
        if not is_allowed(sent, token):
            raise RefusedError(
                Code.UNAUTHENTICATED, "send the header 'Authorization: Bearer ...' with the token"
            )


class _Clock:
    """Ends a task that takes too long."""

    def __init__(self, task: "asyncio.Task[Any]") -> None:
        self._task = task
        self.has_struck = False

    def strike(self) -> None:
        self.has_struck = True
        self._task.cancel()


async def _send(send: Send, response: Response) -> None:
    headers = [
        (b"content-type", response.content_type),
        (b"content-length", str(len(response.body)).encode()),
        *response.headers,
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _log(scope: Message, response: Response, seconds: float) -> None:
    client = scope.get("client")
    line = {
        "time": round(time.time(), 3),
        "client": client[0] if client else None,
        "method": scope["method"],
        "path": scope["path"],
        "status": response.status,
        "ms": round(seconds * 1000, 3),
        **response.log,
    }
    access.info("%s", json.dumps(line, ensure_ascii=False))
