"""The fields of the form: one for each raw column, with the example filled in."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

_LONG = 60
"""Characters of a text from which on its field has several lines."""

_HINTS = {"number": "number", "integer": "whole number", "string": "text"}
_OF_LISTS = {
    "number": "numbers, separated by spaces",
    "integer": "whole numbers, separated by spaces",
    "string": "texts, one in each line",
}


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of the form.

    Attributes:
        name: of the column.
        kind: of its values: ``number``, ``integer`` or ``string``.
        is_list: whether a cell is a list.
        hint: what to write, in words.
        value: what is filled in.
        is_long: whether it has several lines.
    """

    name: str
    kind: str
    is_list: bool
    hint: str
    value: str
    is_long: bool


def fields_of(row: Mapping[str, Any], example: Mapping[str, Any]) -> list[Field]:
    """Returns the fields of a form.

    Args:
        row: the JSON Schema of each column's cell.
        example: a cell of each column.
    """
    return [_field(name, cell, example.get(name)) for name, cell in row.items()]


def _field(name: str, cell: Mapping[str, Any], value: Any) -> Field:
    is_list = "items" in cell
    said = (cell["items"] if is_list else cell)["type"]
    kind = next(one for one in ([said] if isinstance(said, str) else said) if one in _HINTS)
    hint = _OF_LISTS[kind] if is_list else _HINTS[kind]
    if "minItems" in cell:
        hint = f"{cell['minItems']} {hint}"
    written = _written(value, kind, is_list)
    is_long = is_list or (kind == "string" and ("\n" in written or len(written) > _LONG))
    return Field(name, kind, is_list, hint, written, is_long)


def _written(value: Any, kind: str, is_list: bool) -> str:
    if value is None:
        return ""
    if is_list:
        between = "\n" if kind == "string" else " "
        return between.join(_written(one, kind, False) for one in value)
    return str(value) if kind == "string" else json.dumps(value)
