"""What the service answers about vectors, as schemas that are made of the model and its index."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from model.serving.service.engine.indexes import ServedIndex
from model.serving.service.engine.loaded import Loaded
from model.serving.service.pages import schemas
from model.serving.service.pages.schemas import Schema
from model.serving.service.rest import neighbours as asked
from model.serving.service.settings import ServeSettings
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.space import EMBED, VectorSpace

_TEXT: Schema = {"type": "string"}


class VectorQuestion(NamedTuple):
    """An operation.

    Attributes:
        method: what follows the colon of its path.
        summary: what it is for.
        description: how it is asked.
        body: the schema of its body.
        answer: that of its answer.
        example: a body; None without one.
    """

    method: str
    summary: str
    description: str
    body: Schema
    answer: Schema
    example: dict[str, Any] | None


def vector_questions(
    loaded: Loaded, index: ServedIndex | None, settings: ServeSettings
) -> Iterator[VectorQuestion]:
    """Yields what a model may be asked about vectors.

    Args:
        loaded: the model.
        index: that is served with it; None if there is none.
        settings: how it is served.
    """
    if loaded.space is None:
        return
    rows = _rows(loaded, settings)
    yield _embed(loaded, loaded.space, rows)
    if index is not None:
        yield _neighbours(loaded, index.vectors, rows, settings)


def _embed(loaded: Loaded, space: VectorSpace, rows: Schema) -> VectorQuestion:
    columns = schemas.columns_schema(loaded, loaded.signature(EMBED))
    name: Schema = {"const": EMBED}
    bodies = [_object({key: one}, signature_name=name) for key, one in _forms(rows, columns)]
    answer = {"embeddings": _list(_vector(space)), **_versions(space)}
    return VectorQuestion(
        "embed",
        "The vectors of some rows.",
        "By rows (`instances`) or by columns (`inputs`), of which only those are needed that the "
        "schema has types for. Vectors with another `fingerprint` are not to be compared with "
        "these.",
        {"anyOf": bodies},
        _object(answer),
        _example(loaded),
    )


def _neighbours(
    loaded: Loaded, index: VectorIndex, rows: Schema, settings: ServeSettings
) -> VectorQuestion:
    space, table = index.record.space, index.record.table
    types = {name: _value(kind) for name, kind in index.types.items()}
    many = {"minItems": 1, "maxItems": settings.request_rows}
    fingerprint: Schema = {"const": space.fingerprint}
    others = {
        asked.LIMIT: _whole(1, asked.LARGEST_LIMIT, asked.USUAL_LIMIT),
        asked.OFFSET: _whole(0, asked.DEEPEST - 1, 0),
        asked.FILTER: _filter(types),
    }
    bodies = [
        _object({asked.INSTANCES: rows}, **others, fingerprint=fingerprint),
        _object(
            {asked.KEYS: {**_list(types[table.key]), **many}}, **others, fingerprint=fingerprint
        ),
        _object(
            {asked.VECTORS: {**_list(_vector(space)), **many}, "fingerprint": fingerprint}, **others
        ),
    ]
    beside = {name: _or_null(types[name]) for name in table.columns}
    one = _object(
        {
            "key": types[table.key],
            "score": {"type": ["number", "null"]},
            "columns": _object(beside),
        }
    )
    answer = {
        "neighbours": _list(_list(one)),
        "metric": {"const": index.record.metric},
        **_versions(space),
        "index_version": _TEXT,
    }
    example = _example(loaded)
    return VectorQuestion(
        "neighbours",
        "The rows whose vectors are nearest.",
        "Nearest to rows (`instances`), to rows of the index (`keys`), or to `vectors` with the "
        "`fingerprint` of their space. `filter` says by column what they must have: a value, one "
        f"of a list, or a range. All queries together look for {asked.MOST_FOUND} rows at most; "
        f"`offset` and `limit` are {asked.DEEPEST} at most.",
        {"anyOf": bodies},
        _object(answer),
        None if example is None else {**example, asked.LIMIT: 3},
    )


def _rows(loaded: Loaded, settings: ServeSettings) -> Schema:
    row = schemas.row_schema(loaded, loaded.signature(EMBED), others=False)
    return {**_list(row), "minItems": 1, "maxItems": settings.request_rows}


def _forms(rows: Schema, columns: Schema) -> Iterator[tuple[str, Schema]]:
    yield "instances", rows
    yield "inputs", columns


def _example(loaded: Loaded) -> dict[str, Any] | None:
    if loaded.example is None:
        return None
    read = loaded.signature(EMBED).names
    return {"instances": [{name: one for name, one in loaded.example.items() if name in read}]}


def _versions(space: VectorSpace) -> dict[str, Schema]:
    return {"fingerprint": {"const": space.fingerprint}, "model_version": _TEXT}


def _filter(types: dict[str, Schema]) -> Schema:
    return {
        "type": ["object", "null"],
        "properties": {
            name: {"anyOf": [one, _list(one), _range(one)]} for name, one in types.items()
        },
        "additionalProperties": False,
    }


def _range(one: Schema) -> Schema:
    bounds = {"min": one, "max": one}
    return {
        "type": "object",
        "properties": bounds,
        "minProperties": 1,
        "additionalProperties": False,
    }


def _value(kind: pa.DataType) -> Schema:
    if pa.types.is_integer(kind):
        return {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
    return {"type": "number"} if pa.types.is_floating(kind) else dict(_TEXT)


def _vector(space: VectorSpace) -> Schema:
    size = space.dimension
    return {"type": "array", "items": {"type": "number"}, "minItems": size, "maxItems": size}


def _or_null(one: Schema) -> Schema:
    return {**one, "type": [one["type"], "null"]}


def _whole(least: int, most: int, usual: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most, "default": usual}


def _object(required: dict[str, Schema], **others: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **others},
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}
