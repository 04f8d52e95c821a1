"""kfp's OpenAPI description, read back from the code that was generated from it."""

import dataclasses
import inspect
import re
from datetime import datetime
from typing import Any

import kfp_server_api

PRIMITIVES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_SERVICES = ("Experiment", "Pipeline", "PipelineUpload", "RecurringRun", "Run")
_ARGUMENT = re.compile(r":type (\w+): ([\w.]+)")


class RefusedError(Exception):
    """A request breaks the description, or a rule of the server.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclasses.dataclass(frozen=True)
class Operation:
    """Something that the server can be asked.

    Attributes:
        method: of HTTP.
        path: with the names of its variables in braces.
        query: the parameters, with their types.
        body: model of the body, if it has one.
        takes_file: it is an upload.
        answer: model of the answer.
    """

    method: str
    path: str
    query: dict[str, str]
    body: str | None
    takes_file: bool
    answer: str

    def match(self, path: str) -> dict[str, str] | None:
        """Returns the variables in a path, or None if it is another operation's."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/:]+)", self.path)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


class _Recorder(kfp_server_api.ApiClient):  # type: ignore[misc]
    """Notes what a generated method would send, instead of sending it."""

    def call_api(self, path: str, method: str, *args: Any, **options: Any) -> None:
        self.call = {"path": path, "method": method, "query": args[1], **options}


def operations() -> dict[tuple[str, str], Operation]:
    """Returns all operations, by method and path."""
    recorder = _Recorder(kfp_server_api.Configuration())
    found = {}
    for service in _SERVICES:
        api = getattr(kfp_server_api, f"{service}ServiceApi")(recorder)
        for name, method in inspect.getmembers(api, inspect.ismethod):
            if name.endswith("_with_http_info"):
                operation = _operation(recorder, method)
                found[operation.method, operation.path] = operation
    return found


def _operation(recorder: _Recorder, method: Any) -> Operation:
    types = {
        name: kind
        for name, kind in _ARGUMENT.findall(method.__doc__)
        if name != "async_req" and not name.startswith("_")
    }
    # What is sent where shows which argument it was: each is given its own name as its value.
    method(**{name: [name] if kind.startswith("list") else name for name, kind in types.items()})
    call = recorder.call
    body = call["body"]
    return Operation(
        method=call["method"],
        path=call["path"],
        query={wire: types[_only(argument)] for wire, argument in call["query"]},
        body=types[body] if body else None,
        takes_file=bool(call["files"]),
        answer=call["response_type"],
    )


def _only(argument: str | list[str]) -> str:
    return argument[0] if isinstance(argument, list) else argument


def model(name: str) -> Any:
    """Returns the class of a model."""
    return getattr(kfp_server_api, name)


def model_of(owner: str, attribute: str) -> Any:
    """Returns the class of a model's attribute; some are called otherwise in other versions."""
    return model(model(owner).openapi_types[attribute])


def parse(value: Any, kind: str, where: str = "body") -> Any:
    """Returns what JSON says, as the description has it.

    Raises:
        RefusedError: it has an unknown field, or one of another type.
    """
    if inner := re.fullmatch(r"list\[(.+)\]", kind):
        _check(isinstance(value, list), where, kind, value)
        return [parse(one, inner[1], f"{where}[]") for one in value]
    if inner := re.fullmatch(r"dict\(str, (.+)\)", kind):
        _check(isinstance(value, dict), where, kind, value)
        return {key: parse(one, inner[1], f"{where}.{key}") for key, one in value.items()}
    if kind == "object":
        return value
    if kind == "datetime":
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    if kind in PRIMITIVES:
        fits = isinstance(value, PRIMITIVES[kind])
        _check(fits and (kind == "bool" or not isinstance(value, bool)), where, kind, value)
        return value
    return _parse_model(value, model(kind), where)


def _parse_model(value: Any, cls: Any, where: str) -> Any:
    if hasattr(cls, "allowable_values"):
        _check(value in cls.allowable_values, where, str(cls.allowable_values), value)
        return value
    _check(isinstance(value, dict), where, cls.__name__, value)
    attributes = {wire: attribute for attribute, wire in cls.attribute_map.items()}
    given = {}
    for wire, one in value.items():
        if wire not in attributes:
            raise RefusedError(f"{where}: unknown field {wire!r}")
        attribute = attributes[wire]
        given[attribute] = parse(one, cls.openapi_types[attribute], f"{where}.{wire}")
    return cls(**given)


def _check(fits: bool, where: str, kind: str, value: Any) -> None:
    if not fits:
        raise RefusedError(f"{where}: {value!r} is no {kind}")


def dump(answer: Any, kind: str) -> Any:
    """Returns JSON of an answer, which must be of the model that the description promises."""
    if kind != "object" and type(answer).__name__ != kind:
        raise TypeError(f"the answer must be {kind}, not {type(answer).__name__}")
    written = kfp_server_api.ApiClient(kfp_server_api.Configuration()).sanitize_for_serialization(
        answer
    )
    parse(written, kind, "answer")
    return written
