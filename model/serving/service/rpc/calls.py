"""What is around each call of gRPC: the token, the clock, what is counted and logged."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from model.serving.service.refusals import Code, RefusedError, refusal_of
from model.serving.service.service import Service
from model.serving.service.token import is_allowed
from zeroskew.lazy import lazy_import

grpc = lazy_import("grpc")
logger = logging.getLogger(__name__)
access = logging.getLogger("zeroskew.access")

Context = Any
"""A `grpc.aio.ServicerContext`, whose type the package does not tell."""


class Calls:
    """Answers calls, or ends them with a code.

    Args:
        service: the model.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def answer(
        self, method: str, ask: Callable[[Any], Awaitable[Any]], request: Any, context: Context
    ) -> Any:
        """Answers a call.

        Args:
            method: what was asked for, for metrics and logs.
            ask: gives the answer, or raises RefusedError.
            request: of the client.
            context: of the call.
        """
        begin = time.perf_counter()
        code, response = "OK", None
        try:
            self._check_token(context)
            response = await asyncio.wait_for(ask(request), self._service.settings.seconds)
        except Exception as error:
            refused = self._refused(method, error)
            code = refused.code.name
        seconds = time.perf_counter() - begin
        self._service.metrics.request("gRPC", method, code, seconds)
        if access.isEnabledFor(logging.INFO):
            _log(context, method, code, seconds)
        if response is None:
            await context.abort(grpc.StatusCode[code], refused.message)
        return response

    def _check_token(self, context: Context) -> None:
        token = self._service.token
        if token is None:
            return
        sent = dict(context.invocation_metadata() or ()).get("authorization")
        if not is_allowed(sent, token):
            raise RefusedError(
                Code.UNAUTHENTICATED, "send the metadata 'authorization: Bearer ...' with the token"
            )

    def _refused(self, method: str, error: Exception) -> RefusedError:
        if isinstance(error, asyncio.TimeoutError):
            seconds = self._service.settings.seconds
            message = f"a request may take {seconds:g} s (setting serve.seconds)"
            return RefusedError(Code.DEADLINE_EXCEEDED, message)
        if not isinstance(error, RefusedError):
            logger.error("%s failed", method, exc_info=error)
        return refusal_of(error)


def _log(context: Context, method: str, code: str, seconds: float) -> None:
    line = {
        "time": round(time.time(), 3),
        "client": context.peer(),
        "method": method,
        "status": code,
        "ms": round(seconds * 1000, 3),
    }
    access.info("%s", json.dumps(line, ensure_ascii=False))
