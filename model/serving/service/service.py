"""What both protocols ask: one model, its versions, its batches, what is counted of them."""

import dataclasses
import time

from model.serving.service.engine.answers import Answer
from model.serving.service.engine.batching import Batcher
from model.serving.service.engine.searching import Searcher
from model.serving.service.engine.signature import Request, Signature
from model.serving.service.engine.versions import Version, Versions
from model.serving.service.metrics import Metrics
from model.serving.service.request_log.keys import Keys
from model.serving.service.request_log.log import RequestLog
from model.serving.service.settings import ServeSettings


@dataclasses.dataclass(frozen=True)
class Service:
    """A model that is served.

    Attributes:
        settings: how.
        versions: which versions there are.
        batcher: answers rows.
        searcher: finds neighbours.
        metrics: counts.
        token: what each client must send; None if nothing.
        log: of what was asked and answered; None if none is kept.
    """

    settings: ServeSettings
    versions: Versions
    batcher: Batcher
    searcher: Searcher
    metrics: Metrics
    token: str | None
    log: RequestLog | None = None

    @classmethod
    def named(cls, name: str, settings: ServeSettings, token: str | None) -> "Service":
        """Returns the service of a model that has no version yet."""
        versions = Versions(name, settings.labels, settings.canary)
        metrics = Metrics(versions)
        batcher = Batcher(settings.batch_rows, settings.queued_rows, metrics.batch)
        log = RequestLog(settings.log, metrics.logged) if settings.log else None
        searcher = Searcher(settings.queued_rows)
        return cls(settings, versions, batcher, searcher, metrics, token, log)

    def close(self) -> None:
        """Ends the threads that answer."""
        self.batcher.close()
        self.searcher.close()

    async def answer(
        self, version: Version, signature: Signature, request: Request, keys: Keys = None
    ) -> Answer:
        """Returns what a version answers to the rows of a request, and logs both.

        Raises:
            RefusedError: too many rows wait already, or the model has refused these.
        """
        if self.log is None:
            return await self.batcher.answer(signature, request)
        asked_at = time.time()
        answer = await self.batcher.answer(signature, request)
        self.log.note(version, signature, request, answer, asked_at=asked_at, keys=keys)
        return answer
