"""What both protocols ask: one model, its versions, its batches, what is counted of them."""

import dataclasses

from model.serving.service.engine.batching import Batcher
from model.serving.service.engine.versions import Versions
from model.serving.service.metrics import Metrics
from model.serving.service.settings import ServeSettings


@dataclasses.dataclass(frozen=True)
class Service:
    """A model that is served.

    Attributes:
        settings: how.
        versions: which versions there are.
        batcher: answers rows.
        metrics: counts.
        token: what each client must send; None if nothing.
    """

    settings: ServeSettings
    versions: Versions
    batcher: Batcher
    metrics: Metrics
    token: str | None

    @classmethod
    def named(cls, name: str, settings: ServeSettings, token: str | None) -> "Service":
        """Returns the service of a model that has no version yet."""
        versions = Versions(name, settings.labels, settings.canary)
        metrics = Metrics(versions)
        batcher = Batcher(settings.batch_rows, settings.queued_rows, metrics.batch)
        return cls(settings, versions, batcher, metrics, token)
