"""The body of classify and regress requests: tf.Examples as JSON; and of their answers."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model.serving.service.engine.heads import Scored
from model.serving.service.refusals import invalid
from model.serving.service.rest import json_text
from zeroskew.lazy import lazy_import

example_pb2 = lazy_import("tensorflow.core.example.example_pb2")

_LISTS = {
    bool: "int64_list",
    int: "int64_list",
    float: "float_list",
    str: "bytes_list",
    bytes: "bytes_list",
}


def read_examples(found: Mapping[str, Any], limit: int) -> list[bytes]:
    """Returns serialized tf.Examples, each with what the context says.

    Args:
        found: the body.
        limit: how many examples there may be.

    Raises:
        RefusedError: there are none, or too many, or one is no example.
    """
    context = _example(found["context"], "context") if "context" in found else b""
    rows = json_text.take_rows(found, "examples", limit)
    # Two protos end to end are read as one.
    return [context + _example(row, f"examples[{number}]") for number, row in enumerate(rows)]


def write_classes(rows: Sequence[Scored]) -> bytes:
    """Writes the answer of classify: label and score of each class, for each row."""
    results = [[[label.decode("utf-8", "replace"), score] for label, score in row] for row in rows]
    return json_text.write({"results": results})


def write_numbers(numbers: np.ndarray) -> bytes:
    """Writes the answer of regress: a number for each row."""
    return json_text.write({"results": numbers})


def _example(row: Any, place: str) -> bytes:
    if type(row) is not dict:
        raise invalid(f"{place} must be an object", received=repr(row)[:100])
    example = example_pb2.Example()
    for name, cell in row.items():
        values = [
            _value(one, f"{place}.{name}") for one in (cell if type(cell) is list else [cell])
        ]
        kinds = {_LISTS[type(one)] for one in values}
        if len(kinds) > 1:
            raise invalid(f"{place}.{name} must have values of one type", received=repr(cell)[:100])
        feature = example.features.feature[name]
        for kind in kinds:
            try:
                getattr(feature, kind).value.extend(_encoded(values))
            except ValueError as error:
                raise invalid(
                    f"{place}.{name} must fit into 64 bits", received=repr(cell)[:100]
                ) from error
    serialized: bytes = example.SerializeToString()
    return serialized


def _value(cell: Any, place: str) -> Any:
    if type(cell) is dict and cell.keys() == {"b64"}:
        try:
            return base64.b64decode(cell["b64"], validate=True)
        except (TypeError, ValueError, binascii.Error) as error:
            raise invalid(f"{place} must be base64", received=repr(cell)[:100]) from error
    if type(cell) not in _LISTS:
        raise invalid(
            f"{place} must be a number, a text, true, false or a list of such",
            received=repr(cell)[:100],
        )
    return cell


def _encoded(values: Sequence[Any]) -> list[Any]:
    return [one.encode() if type(one) is str else one for one in values]
