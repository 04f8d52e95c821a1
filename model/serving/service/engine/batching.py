"""Adaptive batches: while the model computes one, what comes in meanwhile becomes the next.

A lone client waits for nobody; the more clients there are, the larger are the batches, and a batch
of 64 rows costs hardly more than one row. No time is waited for a batch to fill.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from model.serving.service.engine.answers import Answer, split
from model.serving.service.engine.signature import Counts, Request, Signature
from model.serving.service.refusals import Code, RefusedError, refusal_of

Observer = Callable[[int, Counts], None]
"""Is told of each batch, in its thread: how many rows it had, and what is counted of them."""


class Batcher:
    """Answers requests in batches, one at a time, in a thread.

    Args:
        rows: of a batch, at most, unless one request alone has more.
        queued_rows: that may wait, at most.
        observe: is told of each batch.
    """

    def __init__(self, rows: int, queued_rows: int, observe: Observer) -> None:
        self._rows = rows
        self._queued_rows = queued_rows
        self._observe = observe
        self._queue: deque[_Waiting] = deque()
        self._waiting_rows = 0
        self._work: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "batch")

    async def answer(self, signature: Signature, request: Request) -> Answer:
        """Returns what the signature gives for the rows of a request.

        Raises:
            RefusedError: too many rows wait already, or the model has refused these.
        """
        if self._waiting_rows + request.count > self._queued_rows and self._queue:
            raise RefusedError(
                Code.UNAVAILABLE,
                f"no more than {self._queued_rows} rows may wait, and these would be "
                f"{self._waiting_rows + request.count}: try again later",
                retry_after=1,
            )
        loop = asyncio.get_running_loop()
        waiting = _Waiting(signature, request, loop.create_future())
        self._queue.append(waiting)
        self._waiting_rows += request.count
        if self._work is None:
            self._work = loop.create_task(self._answer_all(loop))
        answer: Answer = await waiting.future
        return answer

    def close(self) -> None:
        """Ends the thread."""
        self._thread.shutdown()

    async def _answer_all(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._queue:
                batch = self._next()
                if batch:
                    answers = await loop.run_in_executor(self._thread, self._ask, batch)
                    for one, answer in zip(batch, answers, strict=True):
                        one.answer(answer)
        finally:
            self._work = None

    def _next(self) -> "list[_Waiting]":
        """Takes the next batch from the queue: the first request, and those that go with it."""
        batch: list[_Waiting] = []
        left: deque[_Waiting] = deque()
        rows = 0
        for one in self._queue:
            fits = not batch or (one.key == batch[0].key and rows + one.request.count <= self._rows)
            if one.future.done():
                self._waiting_rows -= one.request.count
            elif fits:
                batch.append(one)
                rows += one.request.count
            else:
                left.append(one)
        self._queue = left
        self._waiting_rows -= rows
        return batch

    def _ask(self, batch: "Sequence[_Waiting]") -> list[Answer | RefusedError]:
        """Asks the model; where it refuses some rows, each request is asked alone."""
        signature = batch[0].signature
        try:
            outcome = signature.answer([one.request for one in batch])
            answers = split(outcome.outputs, [one.request.count for one in batch])
        except Exception as error:
            if len(batch) == 1:
                return [refusal_of(error)]
            return [self._ask([one])[0] for one in batch]
        self._observe(sum(one.request.count for one in batch), outcome.counts)
        return [*answers]


class _Waiting:
    """A request that waits for its answer."""

    __slots__ = ("future", "key", "request", "signature")

    def __init__(
        self, signature: Signature, request: Request, future: "asyncio.Future[Answer]"
    ) -> None:
        self.signature = signature
        self.request = request
        self.future = future
        together = signature.is_by_row and request.key is not None
        self.key: Any = (signature, request.key) if together else future

    def answer(self, answer: Answer | RefusedError) -> None:
        if self.future.done():
            return
        if isinstance(answer, RefusedError):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)
