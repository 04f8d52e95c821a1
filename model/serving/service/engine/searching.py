"""Searches in threads of their own, so that predictions wait for none."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from model.serving.service.refusals import Code, RefusedError

Found = TypeVar("Found")

_THREADS = 4
"""A long search keeps only some of them from short ones."""


class Searcher:
    """Does searches, and refuses more than may wait.

    Args:
        queued: queries that may wait, at most.
    """

    def __init__(self, queued: int) -> None:
        self._queued = queued
        self._waiting = 0
        self._threads = ThreadPoolExecutor(_THREADS, "search")

    async def search(self, work: Callable[[], Found], queries: int) -> Found:
        """Returns what a search finds.

        Args:
            work: the search.
            queries: how many it has.

        Raises:
            RefusedError: too many queries wait already.
        """
        if self._waiting and self._waiting + queries > self._queued:
            raise RefusedError(
                Code.UNAVAILABLE,
                f"no more than {self._queued} queries may wait, and these would be "
                f"{self._waiting + queries}: try again later",
                retry_after=1,
            )
        self._waiting += queries
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= queries

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown()
