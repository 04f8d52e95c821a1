"""What those who run the service ask: is it alive, is it ready, what has it counted."""

from collections.abc import Callable

from model.serving.service.refusals import Code, RefusedError
from model.serving.service.rest import json_text
from model.serving.service.rest.http import Request, Response, Router, refusal
from model.serving.service.service import Service

_PROMETHEUS = b"text/plain; version=0.0.4; charset=utf-8"


class Operations:
    """Answers `/healthz`, `/readyz` and `/metrics`.

    Args:
        service: the model.
        is_ending: whether the service is about to end.
    """

    def __init__(self, service: Service, is_ending: Callable[[], bool]) -> None:
        self._service = service
        self._is_ending = is_ending

    def add_to(self, router: Router) -> None:
        """Adds the paths."""
        router.add("/healthz", self.alive, is_open=True)
        router.add("/readyz", self.ready, is_open=True)
        router.add("/metrics", self.metrics)

    async def alive(self, request: Request) -> Response:
        """Says that the process answers."""
        del request
        return Response(json_text.write({"status": "alive"}), method="health")

    async def ready(self, request: Request) -> Response:
        """Says whether a version answers, and the service is to go on."""
        del request
        if self._is_ending():
            return refusal(RefusedError(Code.UNAVAILABLE, "the service is about to end"), "health")
        served = sorted(self._service.versions.available)
        if not served:
            return refusal(RefusedError(Code.UNAVAILABLE, "no version is served yet"), "health")
        return Response(json_text.write({"status": "ready", "versions": served}), method="health")

    async def metrics(self, request: Request) -> Response:
        """Writes what was counted."""
        del request
        body = self._service.metrics.text()
        return Response(body, content_type=_PROMETHEUS, method="metrics")
