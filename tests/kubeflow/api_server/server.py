"""HTTP: routes, the token, and faults to order."""

import dataclasses
import json
import time
from collections.abc import Callable
from typing import Any

from threaded_server import ThreadedServer
from werkzeug.wrappers import Request, Response

from api_server.description import PRIMITIVES, Operation, RefusedError, dump, operations, parse
from api_server.service import Service
from api_server.undescribed import Extended, check_tasks, with_more

# The code of gRPC that the server's gateway writes for a status of HTTP.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 429: 8, 501: 12, 503: 14}


@dataclasses.dataclass
class Fault:
    """Something else than the answer.

    Attributes:
        status: of HTTP.
        body: the text.
        content_type: of the text.
        headers: more of them.
        times: how often it happens.
        method: of the requests that meet it; all if empty.
        path: what those requests have in their path.
        after: the server first does what it is asked.
        seconds: that the answer takes.
    """

    status: int = 200
    body: str = "{}"
    content_type: str = "application/json"
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    times: int = 1
    method: str = ""
    path: str = ""
    after: bool = False
    seconds: float = 0.0

    def meets(self, request: Request) -> bool:
        """Says whether a request meets it, and counts it."""
        fits = self.method in {"", request.method} and self.path in request.path
        if not fits or self.times == 0:
            return False
        self.times -= 1
        return True

    def to_response(self) -> Response:
        """Returns the answer."""
        time.sleep(self.seconds)
        return Response(self.body, self.status, self.headers, content_type=self.content_type)


@dataclasses.dataclass(frozen=True)
class Received:
    """A request that the server has got: its method, path, query, and body as JSON."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


class ApiServer(ThreadedServer):
    """A server on this machine, for the time of a `with` block.

    Attributes:
        service: what it knows.
        faults: what it does instead of answering.
        received: the requests so far.
    """

    def __init__(
        self,
        service: Service | None = None,
        token: str | None = None,
        certificate: tuple[str, str] | None = None,
    ) -> None:
        self.service = service or Service()
        self.faults: list[Fault] = []
        self.received: list[Received] = []
        self._token = token
        self._operations = with_more(operations())
        self._handlers = self.service.handlers()
        for key in self._handlers:
            assert key in self._operations, f"the description has no {key}"
        super().__init__(self._app, certificate)

    def bodies(self, method: str, path: str) -> list[Any]:
        """Returns the bodies of the requests to a path, such as ``/runs``."""
        return [
            one.body
            for one in self.received
            if one.method == method and one.path == f"/apis/v2beta1{path}"
        ]

    def _app(self, environ: Any, start_response: Callable[..., Any]) -> Any:
        request = Request(environ)
        fault = next((one for one in self.faults if one.meets(request)), None)
        response = None if fault and not fault.after else self._respond(request)
        answer = fault.to_response() if fault else response
        assert answer is not None
        return answer(environ, start_response)

    def _respond(self, request: Request) -> Response:
        is_upload = "/upload" in request.path
        try:
            self._check_token(request)
            operation, variables = self._find(request)
            query = _query(operation, request)
            arguments = {**variables, **query}
            if operation.takes_file:
                arguments["file"] = request.files["uploadfile"].read()
            body = None
            if operation.body:
                body = request.get_json()
                arguments["body"] = parse(body, operation.body)
            elif not operation.takes_file and request.get_data():
                raise RefusedError("a body that the description does not have")
            self.received.append(Received(request.method, request.path, query, body))
            handler = self._handlers[operation.method, operation.path]
            answer = _written(handler(**arguments), operation)
        except RefusedError as error:
            return _refuse(error, is_upload)
        return Response(json.dumps(answer), content_type="application/json")

    def _check_token(self, request: Request) -> None:
        given = request.headers.get("Authorization")
        if self._token is not None and given != f"Bearer {self._token}":
            raise RefusedError(f"Request header error: {given} is not authenticated", 401)

    def _find(self, request: Request) -> tuple[Operation, dict[str, str]]:
        """Returns the operation; where two fit, the one with fewer variables."""
        found = [
            (operation, variables)
            for operation in self._operations.values()
            if operation.method == request.method
            and (variables := operation.match(request.path)) is not None
        ]
        if not found:
            raise RefusedError("Not Found", 404)
        operation, variables = min(found, key=lambda one: len(one[1]))
        if (operation.method, operation.path) not in self._handlers:
            raise RefusedError("not made for these tests", 501)
        return operation, variables


def _written(answer: Any, operation: Operation) -> Any:
    if not isinstance(answer, Extended):
        return dump(answer, operation.answer)
    check_tasks(answer.tasks)
    return {**dump(answer.answer, operation.answer), "tasks": answer.tasks}


def _query(operation: Operation, request: Request) -> dict[str, Any]:
    query = {}
    for name, text in request.args.items():
        if name not in operation.query:
            raise RefusedError(f"unknown query parameter {name!r}")
        kind = operation.query[name]
        query[name] = parse(PRIMITIVES[kind](text), kind, name)
    return query


def _refuse(error: RefusedError, is_upload: bool) -> Response:
    """Answers as the gateway does, or as uploads do, which have their own way."""
    message = str(error)
    content: dict[str, Any] = {"error_message": message, "error_details": message}
    if not is_upload or error.status in {401, 403}:
        code = _CODES[error.status]
        content = {"error": message, "code": code, "message": message, "details": []}
    return Response(json.dumps(content), error.status, content_type="application/json")
