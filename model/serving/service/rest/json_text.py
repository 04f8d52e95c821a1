"""JSON as clients send it and get it.

Answers are strict JSON. Requests may hold NaN and Infinity, as TensorFlow Serving takes them.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from model.serving.service.refusals import invalid
from zeroskew.errors import did_you_mean

_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_TEXT = re.compile(rb'"[^"]*"')
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(byte for byte in range(256) if byte not in b'[]{}"')


def read(body: bytes, depth: int) -> dict[str, Any]:
    """Reads an object.

    Args:
        body: its text.
        depth: how deep lists and objects may lie in each other.

    Raises:
        RefusedError: the body is no object, or one that is too deep.
    """
    if body.count(b"[") + body.count(b"{") > depth and depth_of(body, depth) > depth:
        raise invalid(
            "the lists and objects of a request may not lie deeper in each other than allowed",
            allowed=f"{depth} levels (setting serve.json_depth)",
        )
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if b"NaN" not in body and b"Infinity" not in body:
            raise invalid("the body must be JSON", received=_said(body, error)) from error
        found = _read_with_nan(body)
    if type(found) is not dict:
        raise invalid(
            "the body must be a JSON object",
            allowed='such as {"instances": [...]}',
            received=type(found).__name__,
        )
    return found


def write(value: Any) -> bytes:
    """Writes values, NumPy's too; NaN and infinities, which JSON does not have, become null."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


def depth_of(body: bytes, limit: int) -> int:
    """Returns how deep brackets are nested, but no more than one above a limit."""
    if b"\\" in body:
        body = _ESCAPED.sub(b"", body)
    # Two quotation marks side by side end one text and begin another: neither is needed.
    left = body.translate(None, _OTHERS).replace(b'""', b"")
    brackets = _TEXT.sub(b"", left).translate(_BRACKETS, b'"')
    depth = 0
    while depth <= limit and b"[]" in brackets:
        brackets = brackets.replace(b"[]", b"")
        depth += 1
    return depth


def values(name: str, array: np.ndarray) -> list[Any]:
    """Returns what an output says of each row, as `write` takes it.

    Args:
        name: of the output; text of one that ends with ``_bytes`` is written in base64.
        array: of shape [rows, ...].
    """
    if array.dtype.kind == "f":
        # Not `tolist`, which makes 0.20000000298023224 of a float32 that was 0.2.
        return [*array]
    if array.dtype != object:
        return array.tolist()
    return [_text(one, name.endswith("_bytes")) for one in array.tolist()]


def take_string(body: Mapping[str, Any], key: str) -> str:
    """Returns the text at a key; an empty one if it is not there.

    Raises:
        RefusedError: it is no text.
    """
    value = body.get(key, "")
    if type(value) is not str:
        raise invalid(f"{key} must be a text", received=type(value).__name__)
    return value


def take_rows(body: Mapping[str, Any], key: str, limit: int) -> list[Any]:
    """Returns the list of rows at a key.

    Raises:
        RefusedError: there is none, it is empty, or too long.
    """
    if key not in body:
        raise invalid(
            f"the body must have the key {key!r}",
            received=", ".join(map(str, body)) or "no key",
            action=did_you_mean(next(iter(body), ""), [key]) or "see docs/service.md",
        )
    rows = body[key]
    if type(rows) is not list or not rows:
        raise invalid(f"{key} must be a list with at least one row", received=repr(rows)[:100])
    check_count(len(rows), limit)
    return rows


def check_count(rows: int, limit: int) -> None:
    """Refuses a request with more rows than allowed.

    Raises:
        RefusedError: it has more.
    """
    if rows > limit:
        raise invalid(
            "a request may have no more rows than allowed",
            allowed=f"{limit} (setting serve.request_rows)",
            received=str(rows),
            action="send them in several requests",
        )


def _text(value: Any, as_bytes: bool) -> Any:
    if isinstance(value, list):
        return [_text(one, as_bytes) for one in value]
    if as_bytes:
        return {"b64": base64.b64encode(value).decode()}
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _read_with_nan(body: bytes) -> Any:
    """Reads what TensorFlow Serving takes beyond JSON, and else only what JSON's reader takes."""
    try:
        found = json.loads(body)
        orjson.dumps(found)
    except (ValueError, TypeError, RecursionError) as error:
        raise invalid("the body must be JSON", received=str(error)) from error
    return found


def _said(body: bytes, error: orjson.JSONDecodeError) -> str:
    return str(error) if body else "nothing"
