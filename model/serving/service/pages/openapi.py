"""What the service answers, as an OpenAPI document that is made of the model it serves."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from model.serving.raw_columns import SIGNATURE
from model.serving.service.engine import heads
from model.serving.service.engine.indexes import ServedIndex
from model.serving.service.engine.loaded import DEFAULT_SIGNATURE, Loaded
from model.serving.service.engine.signature import Signature
from model.serving.service.pages import schemas
from model.serving.service.pages.schemas import Schema
from model.serving.service.pages.vectors import vector_questions
from model.serving.service.refusals import RefusedError
from model.serving.service.settings import ServeSettings

_REFUSALS = {
    "400": "The request is wrong; the text says what, and what is allowed.",
    "404": "There is no such model or version.",
    "413": "The body is too large.",
    "415": "The body was compressed, and not with gzip.",
    "500": "The model cannot compute this.",
    "503": "Too much waits already: try again, after the seconds of `Retry-After` if it is there.",
    "504": "It took too long.",
}
_BY_METHOD = {"get": ("400", "404"), "post": tuple(_REFUSALS)}
_ERROR: Schema = {
    "type": "object",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}
_VERSION = {
    "name": "version",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
}


@dataclasses.dataclass(frozen=True)
class Served:
    """A version, and how it is served.

    Attributes:
        name: of the model.
        number: of the version.
        fingerprint: of its feature engineering; an empty text if it bears none.
        loaded: the version in memory.
        settings: how it is served.
        asks_token: whether clients must send a token.
        index: that is served with it; None if it is served without.
    """

    name: str
    number: int
    fingerprint: str
    loaded: Loaded
    settings: ServeSettings
    asks_token: bool
    index: ServedIndex | None = None

    @property
    def path(self) -> str:
        """Where REST has the model."""
        return f"/v1/models/{quote(self.name, safe='')}"

    def signatures(self) -> list[Signature]:
        """Returns the signatures that JSON can ask, the one for raw columns first."""
        found = [
            self.loaded.signature(name)
            for name, one in sorted(self.loaded.definitions.items())
            if one.inputs
        ]
        readable = [one for one in found if not one.unreadable]
        return sorted(readable, key=lambda one: one.name != SIGNATURE)


def document(served: Served) -> dict[str, Any]:
    """Returns the OpenAPI document of a version that is served."""
    components: dict[str, Any] = {"schemas": {"Error": _ERROR, **_shared(served)}}
    info = {
        "title": f"Predictions of {served.name}",
        "version": str(served.number),
        "description": "Raw columns in, predictions out. This is TensorFlow Serving's REST API.",
    }
    if served.fingerprint:
        info["x-fingerprint"] = served.fingerprint
    written: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": info,
        "paths": dict(_paths(served)),
        "components": components,
    }
    if served.asks_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        written["security"] = [{"token": []}]
    return written


def _shared(served: Served) -> dict[str, Schema]:
    """Returns the schemas that clients want to have by name: of a row, and what is said of it."""
    for signature in served.signatures():
        if signature.name == SIGNATURE:
            others = served.settings.unknown_columns == "ignore"
            return {
                "Row": schemas.row_schema(served.loaded, signature, others=others),
                "Prediction": schemas.prediction_schema(served.loaded, signature),
            }
    return {}


def _paths(served: Served) -> Iterator[tuple[str, Mapping[str, Any]]]:
    questions = [*_questions(served)]
    for place, parameters in _places(served):
        end = f"{served.path}{place}"
        for method, operation in questions:
            yield f"{end}:{method}", {**parameters, "post": operation}
        yield end, {**parameters, "get": _get(served, "The state of its versions.")}
        yield (
            f"{end}/metadata",
            {**parameters, "get": _get(served, "The signatures of a version.")},
        )
    for path, summary in (
        ("/openapi.json", "This document."),
        ("/healthz", "Whether the process answers."),
        ("/readyz", "Whether a version answers: 503 until then, and when the service ends."),
    ):
        yield path, {"get": _get(served, summary, is_open=path != "/openapi.json")}
    yield "/metrics", {"get": _get(served, "What was counted, for Prometheus.", "text/plain")}


def _places(served: Served) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields how a path may name a version, and its parameters."""
    yield "", {}
    yield "/versions/{version}", {"parameters": [{**_VERSION, "example": served.number}]}
    labels = sorted(served.settings.labels)
    if labels:
        schema = {"type": "string", "enum": labels}
        label = {"name": "label", "in": "path", "required": True, "schema": schema}
        yield "/labels/{label}", {"parameters": [label]}


def _questions(served: Served) -> Iterator[tuple[str, Mapping[str, Any]]]:
    signatures = served.signatures()
    if signatures:
        yield "predict", _predict(served, signatures)
    for method, check, result in (
        ("classify", heads.check_classifier, _list(_list({}))),
        ("regress", heads.check_regressor, _list({"type": ["number", "null"]})),
    ):
        names = [one.name for one in signatures if _is_fit(check, one)]
        if names:
            yield method, _of_examples(served, method, names, result)
    for one in vector_questions(served.loaded, served.index, served.settings):
        operation = _operation(served, one.summary, one.answer, "post")
        content = {"schema": one.body, **({"example": one.example} if one.example else {})}
        body = _json_body(content)
        yield one.method, {**operation, "description": one.description, "requestBody": body}


def _predict(served: Served, signatures: Sequence[Signature]) -> dict[str, Any]:
    body: Schema = {"anyOf": [one for each in signatures for one in _bodies(served, each)]}
    answer = {"anyOf": [one for each in signatures for one in _answers(served, each)]}
    operation = _operation(served, "Predictions for some rows.", answer, "post")
    content: dict[str, Any] = {"schema": body}
    if served.loaded.example is not None and signatures[0].may_lack:
        content["example"] = {"signature_name": SIGNATURE, "instances": [served.loaded.example]}
    description = (
        "By rows (`instances`) or by columns (`inputs`). A value of a raw column may be missing: "
        f"leave it out, or send null. Without `signature_name`, `{DEFAULT_SIGNATURE}` is asked."
    )
    return {**operation, "description": description, "requestBody": _json_body(content)}


def _bodies(served: Served, signature: Signature) -> Iterator[Schema]:
    row: Schema = {"$ref": "#/components/schemas/Row"}
    if signature.name != SIGNATURE:
        row = schemas.row_schema(served.loaded, signature, others=False)
    rows = {**_list(row), "minItems": 1, "maxItems": served.settings.request_rows}
    kinds = {"instances": rows} if signature.is_by_row else {}
    for key, schema in {
        **kinds,
        "inputs": schemas.columns_schema(served.loaded, signature),
    }.items():
        required = [key] if signature.name == DEFAULT_SIGNATURE else ["signature_name", key]
        yield {
            "type": "object",
            "properties": {"signature_name": {"const": signature.name}, key: schema},
            "required": required,
        }


def _answers(served: Served, signature: Signature) -> Iterator[Schema]:
    one: Schema = {"$ref": "#/components/schemas/Prediction"}
    if signature.name != SIGNATURE:
        one = schemas.prediction_schema(served.loaded, signature)
    if signature.is_by_row:
        yield _object("predictions", _list(one))
    yield _object("outputs", schemas.outputs_schema(served.loaded, signature))


def _of_examples(
    served: Served, method: str, names: Sequence[str], result: Schema
) -> dict[str, Any]:
    body: Schema = {
        "type": "object",
        "properties": {
            "signature_name": {"type": "string", "enum": list(names)},
            "context": {"type": "object"},
            "examples": {**_list({"type": "object"}), "minItems": 1},
        },
        "required": ["examples"] if DEFAULT_SIGNATURE in names else ["signature_name", "examples"],
    }
    summary = {"classify": "Label and score of each class.", "regress": "A number for each row."}
    operation = _operation(served, summary[method], _object("results", result), "post")
    return {**operation, "requestBody": _json_body({"schema": body})}


def _is_fit(check: Callable[[Signature], None], signature: Signature) -> bool:
    try:
        check(signature)
    except RefusedError:
        return False
    return True


def _get(
    served: Served, summary: str, kind: str = "application/json", *, is_open: bool = False
) -> dict[str, Any]:
    schema: Schema = {"type": "object"} if kind == "application/json" else {"type": "string"}
    operation = _operation(served, summary, schema, "get", kind)
    if is_open:
        operation["responses"].pop("401", None)
        operation["security"] = []
    return operation


def _operation(
    served: Served, summary: str, answer: Schema, method: str, kind: str = "application/json"
) -> dict[str, Any]:
    refusals = {code: _refusal(_REFUSALS[code]) for code in (*_BY_METHOD[method], "503")}
    if served.asks_token:
        refusals["401"] = _refusal("The token is wrong, or was not sent.")
    good = {"description": "The answer.", "content": {kind: {"schema": answer}}}
    return {"summary": summary, "responses": {"200": good, **dict(sorted(refusals.items()))}}


def _refusal(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _json_body(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": content}}


def _object(key: str, schema: Schema) -> Schema:
    return {"type": "object", "properties": {key: schema}, "required": [key]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}
