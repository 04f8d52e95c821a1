"""What lies below `/v1/models`: TensorFlow Serving's REST API, and what is asked about vectors.

| request | what it is |
| --- | --- |
| `POST /v1/models/NAME[/versions/V or /labels/L]:predict` | a question, by rows or by columns |
| `POST ...:classify`, `POST ...:regress` | the same with tf.Examples, for models of that kind |
| `POST ...:embed` | the vectors of rows, of models that give them |
| `POST ...:neighbours` | the rows whose vectors are nearest, with an index |
| `GET /v1/models/NAME[/versions/V or /labels/L]` | the state of versions |
| `GET .../metadata` | the signatures of a version |
"""

import asyncio
import dataclasses
import functools
import re

from model.serving.service.engine import heads
from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.versions import Version
from model.serving.service.refusals import Code, RefusedError, invalid
from model.serving.service.rest import descriptions, examples, json_text
from model.serving.service.rest.http import Request, Response, Router, refusal
from model.serving.service.rest.predict import Asked, read_predict, write_predict
from model.serving.service.rest.vectors import VectorQuestions
from model.serving.service.service import Service

_PLACE = r"(?:/versions/(?P<number>\d+)|/labels/(?P<label>[^/:]+))?"
_QUESTION = re.compile(
    rf"/v1/models/(?P<name>[^/:]+){_PLACE}:"
    r"(?P<method>classify|regress|predict|embed|neighbours)",
    re.IGNORECASE,
)
_STATE = re.compile(rf"/v1/models(?:/(?P<name>[^/:]+))?{_PLACE}(?:/(?P<method>metadata))?", re.I)
_DIGITS = 19
_LARGE = 1 << 17
"""Bytes of a body that is read in a thread, so that short requests are not kept waiting."""


@dataclasses.dataclass(frozen=True)
class Target:
    """What a path names."""

    name: str
    number: int | None
    label: str | None
    method: str


class Models:
    """Answers what is asked of the model.

    Args:
        service: the model.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._vectors = VectorQuestions(service)

    def add_to(self, router: Router) -> None:
        """Adds the paths."""
        router.add_below("/v1/models", self.answer)

    async def answer(self, request: Request) -> Response:
        """Answers a request."""
        method = "other"
        try:
            target = _target(request.method, request.path)
            method = target.method
            if request.method == "POST":
                return await self._question(target, request.body)
            return self._state(target)
        except RefusedError as refused:
            return refusal(refused, method)

    async def _question(self, target: Target, body: bytes) -> Response:
        versions = self._service.versions
        version = versions.take(target.name, target.number, target.label)
        try:
            if target.method == "predict":
                answer, rows = await self._predict(version, body)
            elif target.method == "embed":
                answer, rows = await self._vectors.embed(version, body)
            elif target.method == "neighbours":
                answer, rows = await self._vectors.neighbours(version, body)
            else:
                answer, rows = await self._head(version, body, target.method)
        finally:
            versions.give_back(version)
        return _answered(answer, target.method, version, rows)

    async def _predict(self, version: Version, body: bytes) -> tuple[bytes, int]:
        assert version.loaded is not None
        asked = await self._read(version.loaded, body)
        answer = await self._service.answer(version, asked.signature, asked.request, asked.keys)
        return write_predict(answer, asked.by_row), asked.request.count

    async def _read(self, loaded: Loaded, body: bytes) -> Asked:
        unknown = self._service.metrics.unknown
        if len(body) < _LARGE:
            return read_predict(body, loaded, self._service.settings, unknown)
        read = functools.partial(read_predict, body, loaded, self._service.settings, unknown)
        return await asyncio.get_running_loop().run_in_executor(None, read)

    async def _head(self, version: Version, body: bytes, method: str) -> tuple[bytes, int]:
        assert version.loaded is not None
        settings = self._service.settings
        found = json_text.read(body, settings.json_depth)
        signature = version.loaded.signature(json_text.take_string(found, "signature_name"))
        check = heads.check_classifier if method == "classify" else heads.check_regressor
        check(signature)
        rows = examples.read_examples(found, settings.request_rows)
        request = heads.examples_request(signature, rows)
        outputs = (await self._service.answer(version, signature, request)).arrays
        if method == "classify":
            return examples.write_classes(heads.classes_of(outputs)), len(rows)
        return examples.write_numbers(heads.numbers_of(outputs)), len(rows)

    def _state(self, target: Target) -> Response:
        versions = self._service.versions
        if not target.name:
            raise invalid("Missing model name in request.")
        if target.method != "metadata":
            found = versions.statuses(target.name, target.number, target.label)
            return Response(descriptions.write_statuses(found), method="status")
        version = versions.take(target.name, target.number, target.label)
        try:
            assert version.loaded is not None
            body = descriptions.write_metadata(target.name, version.number, version.loaded)
        finally:
            versions.give_back(version)
        return Response(body, method="metadata")


def _answered(body: bytes, method: str, version: Version, rows: int) -> Response:
    return Response(body, method=method, log={"version": version.number, "rows": rows})


@functools.lru_cache(maxsize=1024)
def _target(method: str, path: str) -> Target:
    """Reads a path.

    Raises:
        RefusedError: it is none of the table above.
    """
    pattern = {"POST": _QUESTION, "GET": _STATE}.get(method)
    found = pattern.fullmatch(path) if pattern else None
    if found is None:
        raise RefusedError(Code.INVALID_ARGUMENT, f"Malformed request: {method} {path}")
    number = found["number"]
    if number is not None and (len(number) > _DIGITS or int(number) >= 2**63):
        raise RefusedError(
            Code.INVALID_ARGUMENT, f"Failed to convert version: {number} to numeric."
        )
    asked = (found["method"] or "status").lower()
    return Target(found["name"] or "", int(number) if number else None, found["label"], asked)
