"""Questions about vectors: those of rows, and the rows whose vectors are nearest."""

import asyncio
import functools
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from model.serving.service.engine.indexes import ServedIndex
from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.versions import Version
from model.serving.service.refusals import Code, RefusedError, invalid
from model.serving.service.rest import json_text
from model.serving.service.rest.neighbours import (
    INSTANCES,
    Question,
    check_space,
    queries_of,
    read_question,
    write_neighbours,
)
from model.serving.service.rest.predict import Asked, take_request
from model.serving.service.service import Service
from model.serving.vectors.space import EMBED, EMBEDDING
from zeroskew.errors import ZeroskewError

Read = TypeVar("Read")

_LARGE = 1 << 17
"""Bytes of a body that is read in a thread, so that short requests are not kept waiting."""


class VectorQuestions:
    """Answers questions about vectors.

    Args:
        service: the model.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def embed(self, version: Version, body: bytes) -> tuple[bytes, int]:
        """Returns the vectors of rows as JSON, and how many there are.

        Raises:
            RefusedError: the body is none that the model takes.
        """
        assert version.loaded is not None
        space = version.loaded.own_space()
        asked = await _read(functools.partial(self._rows, body, version.loaded), body)
        written = {
            "embeddings": [*await self._embedded(asked)],
            "fingerprint": space.fingerprint,
            "model_version": str(version.number),
        }
        return json_text.write(written), asked.request.count

    async def neighbours(self, version: Version, body: bytes) -> tuple[bytes, int]:
        """Returns the neighbours of rows, keys or vectors as JSON, and how many were asked.

        Raises:
            RefusedError: the body is no such question, or the model is served without index.
        """
        # Once: another may take its place while this is answered.
        index = version.index
        assert version.loaded is not None
        if index is None:
            raise _no_index(version)
        read = functools.partial(self._question, body, version.loaded, index)
        question, asked = await _read(read, body)
        vectors = await self._embedded(asked) if asked is not None else None
        search = functools.partial(_search, question, vectors, index, version.number)
        count = len(question.queries)
        return await self._service.searcher.search(search, count), count

    def _question(
        self, body: bytes, loaded: Loaded, index: ServedIndex
    ) -> tuple[Question, Asked | None]:
        """Returns what is asked, and the rows in it that are to be embedded."""
        question = read_question(body, self._service.settings)
        check_space(question, index.vectors.record.space)
        if question.kind != INSTANCES:
            return question, None
        return question, self._take({INSTANCES: question.queries}, loaded)

    def _rows(self, body: bytes, loaded: Loaded) -> Asked:
        found = json_text.read(body, self._service.settings.json_depth)
        named = json_text.take_string(found, "signature_name")
        if named not in ("", EMBED):
            raise invalid(
                "what is asked for vectors is one signature",
                allowed=f"{EMBED}, or no signature_name",
                received=named,
                action="ask :predict for another signature",
            )
        return self._take(found, loaded)

    def _take(self, found: dict[str, object], loaded: Loaded) -> Asked:
        settings, unknown = self._service.settings, self._service.metrics.unknown
        return take_request(found, loaded.signature(EMBED), loaded, settings, unknown)

    async def _embedded(self, asked: Asked) -> np.ndarray:
        """Returns the vectors of rows, float32 of shape [rows, n]."""
        answer = await self._service.batcher.answer(asked.signature, asked.request)
        return answer.arrays[EMBEDDING]


def _search(
    question: Question, vectors: np.ndarray | None, index: ServedIndex, version: int
) -> bytes:
    queries = queries_of(question, index, vectors)
    return write_neighbours(question, queries, index, version)


async def _read(read: Callable[[], Read], body: bytes) -> Read:
    if len(body) < _LARGE:
        return read()
    return await asyncio.get_running_loop().run_in_executor(None, read)


def _no_index(version: Version) -> RefusedError:
    error = ZeroskewError(
        "neighbours are found by a service that serves an index beside the model",
        received=f"version {version.number}, which is served without",
        action="start it with --index, the folder of indexes that the run has pushed "
        "(setting serve.index)",
    )
    return RefusedError(Code.NOT_FOUND, str(error))
