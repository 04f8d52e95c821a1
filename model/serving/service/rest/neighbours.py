"""The body of a question for neighbours, and of its answer."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from model.serving.service.engine.indexes import ServedIndex
from model.serving.service.refusals import Code, RefusedError, invalid
from model.serving.service.rest import json_text
from model.serving.service.settings import ServeSettings
from model.serving.vectors.ann import COSINE
from model.serving.vectors.index import Neighbour
from model.serving.vectors.space import VectorSpace, require_space
from zeroskew.errors import DataError, did_you_mean

INSTANCES, KEYS, VECTORS = "instances", "keys", "vectors"
KINDS = (INSTANCES, KEYS, VECTORS)
LIMIT, OFFSET, FILTER, FINGERPRINT = "limit", "offset", "filter", "fingerprint"
USUAL_LIMIT, LARGEST_LIMIT = 10, 1_000
DEEPEST = 10_000
"""Of offset and limit together."""
MOST_FOUND = 100_000
"""Rows that all queries of a request look for, those that offset leaves out as well."""
_NUMBERS = frozenset({int, float})
_KEY_TYPES = frozenset({str, int, float})
_SHOWN = 100


class Question(NamedTuple):
    """What is asked.

    Attributes:
        kind: what the queries are: one of `KINDS`.
        queries: rows, keys or lists of numbers.
        limit: how many neighbours of each.
        offset: how many of the nearest are left out.
        filter: what they must have; None for all.
        fingerprint: of the space that the client takes the queries for; None if it says none.
    """

    kind: str
    queries: Sequence[Any]
    limit: int
    offset: int
    filter: Mapping[str, Any] | None
    fingerprint: str | None


def read_question(body: bytes, settings: ServeSettings) -> Question:
    """Reads a question for neighbours.

    Raises:
        RefusedError: it is none.
    """
    found = json_text.read(body, settings.json_depth)
    _check_keys(found)
    kinds = [one for one in KINDS if one in found]
    if len(kinds) != 1:
        raise invalid(
            "the body must have exactly one of the keys for what is looked for",
            allowed=", ".join(KINDS),
            received=", ".join(kinds) or "none of these",
            action="see docs/service.md",
        )
    queries = json_text.take_rows(found, kinds[0], settings.request_rows)
    limit = _whole(found, LIMIT, USUAL_LIMIT, 1, LARGEST_LIMIT)
    offset = _whole(found, OFFSET, 0, 0, DEEPEST - limit)
    if len(queries) * (offset + limit) > MOST_FOUND:
        raise invalid(
            "the queries of a request may not look for more rows than allowed",
            allowed=f"{MOST_FOUND}, those that {OFFSET} leaves out as well",
            received=f"{len(queries)} queries for {offset + limit} each",
            action="send them in several requests",
        )
    wanted = found.get(FILTER)
    if wanted is not None and type(wanted) is not dict:
        raise invalid(
            f"{FILTER} must be an object with a value, a list or a range by column",
            allowed='such as {"genre": ["drama", "comedy"], "year": {"min": 1990}}',
            received=repr(wanted)[:_SHOWN],
        )
    said = json_text.take_string(found, FINGERPRINT) if FINGERPRINT in found else None
    return Question(kinds[0], queries, limit, offset, wanted, said)


def check_space(question: Question, space: VectorSpace) -> None:
    """Refuses queries of another space, and vectors that do not say of which they are.

    Raises:
        RefusedError: they are.
    """
    if question.fingerprint is None and question.kind != VECTORS:
        return
    owner = "the vectors of the request" if question.kind == VECTORS else "what the request expects"
    try:
        require_space(space, question.fingerprint or "", owner)
    except DataError as error:
        raise RefusedError(Code.INVALID_ARGUMENT, str(error)) from error


def queries_of(question: Question, index: ServedIndex, embedded: np.ndarray | None) -> np.ndarray:
    """Returns the vectors of all queries, float32 of shape [queries, n].

    Args:
        question: what is asked.
        index: where it is looked for.
        embedded: the vectors of queries that are rows; None if they are none.

    Raises:
        RefusedError: one is no vector that can be compared, or no key of a row.
    """
    if question.kind == KEYS:
        return _of_keys(question.queries, index)
    is_cosine = index.vectors.record.metric == COSINE
    with np.errstate(over="ignore", invalid="ignore"):
        vectors = _of_lists(question.queries, index) if embedded is None else embedded
        lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    unfit = ~np.isfinite(lengths)
    if embedded is None and is_cosine:
        unfit |= lengths == 0.0
    if unfit.any():
        place = int(unfit.argmax())
        raise invalid(
            f"{question.kind}[{place}] must have a vector that can be compared",
            allowed="finite numbers of 32 bits" + (", one of them not zero" if is_cosine else ""),
            received=f"a vector of length {lengths[place, 0]:g}",
        )
    return vectors / lengths if embedded is None and is_cosine else vectors


def write_neighbours(
    question: Question, vectors: np.ndarray, index: ServedIndex, model_version: int
) -> bytes:
    """Searches, and writes what is found.

    Raises:
        RefusedError: the filter names no column, or holds what it cannot be compared with.
    """
    searched = index.vectors
    try:
        found = searched.neighbours(
            vectors, question.limit, offset=question.offset, filter=question.filter
        )
    except DataError as error:
        raise RefusedError(Code.INVALID_ARGUMENT, str(error)) from error
    # Not a number of 64 bits, whose text is longer than what is known.
    short = {name for name, kind in searched.types.items() if kind == pa.float32()}
    return json_text.write(
        {
            "neighbours": [[_shown(one, short) for one in some] for some in found],
            "metric": searched.record.metric,
            "fingerprint": searched.record.space.fingerprint,
            "model_version": str(model_version),
            "index_version": str(index.offer.number),
        }
    )


def _shown(one: Neighbour, short: set[str]) -> dict[str, Any]:
    columns = {
        name: np.float32(value) if name in short and value is not None else value
        for name, value in one.columns.items()
    }
    return {"key": one.key, "score": np.float32(one.score), "columns": columns}


def _of_lists(queries: Sequence[Any], index: ServedIndex) -> np.ndarray:
    dimension = index.vectors.record.space.dimension
    for place, one in enumerate(queries):
        wrong = _not_a_vector(one, dimension)
        if wrong is not None:
            raise invalid(
                f"{VECTORS}[{place}] must be a vector of the space",
                allowed=f"a list of {dimension} numbers",
                received=wrong,
            )
    return np.array(queries, np.float32)


def _not_a_vector(value: Any, dimension: int) -> str | None:
    """Returns why a value is no vector of so many numbers; None if it is one."""
    if type(value) is not list:
        return repr(value)[:_SHOWN]
    if len(value) != dimension:
        return f"a list of {len(value)}"
    strange = [one for one in value if type(one) not in _NUMBERS]
    return f"a list with {strange[0]!r}"[:_SHOWN] if strange else None


def _of_keys(keys: Sequence[Any], index: ServedIndex) -> np.ndarray:
    for place, key in enumerate(keys):
        if type(key) not in _KEY_TYPES:
            raise invalid(
                f"{KEYS}[{place}] must be the key of a row in the index",
                allowed="a text or a number",
                received=repr(key)[:_SHOWN],
            )
    try:
        return index.vectors.vectors_of(keys)
    except DataError as error:
        raise RefusedError(Code.NOT_FOUND, str(error)) from error


def _check_keys(found: Mapping[str, Any]) -> None:
    known = (*KINDS, LIMIT, OFFSET, FILTER, FINGERPRINT)
    for name in found:
        if name not in known:
            raise invalid(
                "the body must have no other keys than a question for neighbours has",
                allowed=", ".join(known),
                received=repr(name)[:_SHOWN],
                action=did_you_mean(name, known),
            )


def _whole(found: Mapping[str, Any], key: str, usual: int, least: int, most: int) -> int:
    value = found.get(key, usual)
    if type(value) is not int or not least <= value <= most:
        raise invalid(
            f"{key} must be a whole number within its bounds",
            allowed=f"{least} to {most}"
            + (f": {OFFSET} and {LIMIT} are no more than {DEEPEST}" if key == OFFSET else ""),
            received=repr(value)[:_SHOWN],
        )
    return value
