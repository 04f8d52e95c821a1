"""What a search is asked, as it is typed: a row, a text, and what the rows found must have."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from model.serving.vectors.space import VectorSpace
from zeroskew.errors import DataError, SettingsError, did_you_mean

_FILTER = re.compile(r"([^<>=]+)(>=|<=|=)(.*)", re.DOTALL)
_BOUNDS = {">=": "min", "<=": "max"}


def row_of_text(text: str, space: VectorSpace) -> dict[str, Any]:
    """Returns the row of a text.

    Raises:
        SettingsError: the vectors are made of more than one text.
    """
    if space.text_column is None:
        lacking = json.dumps(dict.fromkeys(space.columns), ensure_ascii=False)
        raise SettingsError(
            "--text asks a model whose vectors are made of one column, a text",
            received=", ".join(f"{name}, {kind}" for name, kind in space.columns.items()),
            action=f"search with --row '{lacking}', and write the values for null",
        )
    return {space.text_column: text}


def row_of_json(text: str, space: VectorSpace) -> dict[str, Any]:
    """Returns the row that --row holds.

    Raises:
        SettingsError: it is no object of JSON.
        DataError: a column that the vectors are computed from is not in it.
    """
    try:
        row = json.loads(text)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise SettingsError(
            "--row is a row as an object of JSON",
            allowed=f"an object with the columns {', '.join(space.columns)}",
            received=text[:100],
        )
    hints = (did_you_mean(name, space.columns) for name in row if name not in space.columns)
    for name in space.columns:
        if name not in row:
            raise DataError(
                "a row has each column that the vectors are computed from",
                allowed=", ".join(space.columns),
                received=f"{', '.join(row) or 'nothing'}, without {name!r}",
                action=next(filter(None, hints), "write null for a value that is not known"),
            )
    return {name: row[name] for name in space.columns}


def parse_filters(filters: Sequence[str], types: Mapping[str, pa.DataType]) -> dict[str, Any]:
    """Returns filters as an index takes them.

    Args:
        filters: ``"column=value"``, of which any of a column may hold; ``"column>=3"``; or
            ``"column<=9"``.
        types: of the columns that stand beside the vectors.

    Raises:
        SettingsError: one is none of these, or a column has values and a range.
    """
    found: dict[str, Any] = {}
    for text in filters:
        parts = _FILTER.fullmatch(text)
        if parts is None:
            raise SettingsError(
                "--filter says what a column of the rows found holds",
                allowed="column=value, column>=value, column<=value",
                received=text,
            )
        name, sign, written = parts.groups()
        value, bound = _value(written, types.get(name.strip())), _BOUNDS.get(sign)
        _add(found, name.strip(), bound, value, text)
    return found


def _add(found: dict[str, Any], name: str, bound: str | None, value: Any, text: str) -> None:
    known = found.setdefault(name, [] if bound is None else {})
    if bound is None and isinstance(known, list):
        known.append(value)
    elif bound is not None and isinstance(known, dict) and bound not in known:
        known[bound] = value
    else:
        raise SettingsError(
            "a column is filtered by values, any of which it may hold, or by one range",
            received=f"{text}, after another of {name!r}",
            action="leave out one of them",
        )


def _value(text: str, kind: pa.DataType | None) -> Any:
    """Returns a number for a column of numbers; what is none, the index refuses."""
    if kind is not None and not pa.types.is_string(kind):
        for make in (int, float):
            try:
                return make(text)
            except ValueError:
                continue
    return text


def key_of(text: str, kind: pa.DataType) -> Any:
    """Returns a key as the index has it: a whole number, if its keys are."""
    try:
        return pa.scalar(text).cast(kind).as_py()
    except pa.ArrowException:
        return text
