"""What the service counts, for Prometheus.

Counting is plain arithmetic, done for each request; the format is written when somebody asks.
"""

import bisect
import itertools
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import core, exposition

from model.serving.service.engine.signature import Counts
from model.serving.service.engine.versions import Versions

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)
_PREFIX = "zeroskew_serving_"
_OF_VECTORS = ("embed", "neighbours")


class Histogram:
    """Counts values by the least bound they do not exceed."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Counts a value."""
        self._counts[bisect.bisect_left(self._bounds, value)] += 1
        self._sum += value

    def sample(self) -> tuple[list[tuple[str, float]], float]:
        """Returns what Prometheus wants: how many values are within each bound, and their sum."""
        names = [*(f"{bound:g}" for bound in self._bounds), "+Inf"]
        return [*zip(names, itertools.accumulate(self._counts), strict=True)], self._sum


class Metrics:
    """All that is counted of one model.

    Args:
        versions: the model's.
    """

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._requests: Counter[tuple[str, ...]] = Counter()
        self._seconds: dict[str, Histogram] = {}
        self._rows = 0
        self._batches = Histogram(_ROWS)
        self._missing: Counter[str] = Counter()
        self._unseen: Counter[tuple[str, ...]] = Counter()
        self._unknown = 0
        self._failed_loads = 0
        self._failed_indexes = 0
        self._of_vectors = {method: Histogram(_SECONDS) for method in _OF_VECTORS}
        self._logged: Counter[tuple[str, ...]] = Counter()
        # Batches and the rows of the log are counted in threads.
        self._lock = threading.Lock()

    def request(self, protocol: str, method: str, code: str, seconds: float) -> None:
        """Counts a request that has been answered, or refused.

        Args:
            protocol: ``REST`` or ``gRPC``.
            method: what was asked for, such as ``predict``.
            code: of the protocol.
            seconds: from its first byte to the answer.
        """
        self._requests[protocol, method, code] += 1
        if protocol not in self._seconds:
            self._seconds[protocol] = Histogram(_SECONDS)
        self._seconds[protocol].observe(seconds)
        if method in self._of_vectors:
            self._of_vectors[method].observe(seconds)

    def batch(self, rows: int, counts: Counts) -> None:
        """Counts a batch that the model has answered."""
        with self._lock:
            self._rows += rows
            self._batches.observe(rows)
            for column, count in counts.missing.items():
                self._missing[column] += count
            for key, count in counts.unseen.items():
                self._unseen[key] += count

    def unknown(self, rows: int) -> None:
        """Counts rows with a column that the model does not take."""
        self._unknown += rows

    def failed_load(self, version: Any) -> None:
        """Counts a version that could not be loaded."""
        del version
        self._failed_loads += 1

    def failed_index(self, number: int) -> None:
        """Counts an index that is damaged."""
        del number
        self._failed_indexes += 1

    def logged(self, outcome: str, rows: int) -> None:
        """Counts rows of the request log: ``written``, ``dropped`` or ``failed``."""
        with self._lock:
            self._logged[(outcome,)] += rows

    def text(self) -> bytes:
        """Returns all of it in Prometheus' text format."""
        written: bytes = exposition.generate_latest(self)
        return written

    def collect(self) -> Iterator[Any]:
        """Yields the families of metrics, as a registry of prometheus-client does."""
        model = self._versions.name

        def one(count: int) -> dict[tuple[str, ...], int]:
            return {(model,): count}

        yield _counter(
            "requests",
            "Requests that were answered or refused.",
            ("protocol", "method", "code"),
            self._requests,
        )
        seconds = core.HistogramMetricFamily(
            f"{_PREFIX}request_seconds", "Seconds from first byte to answer.", labels=["protocol"]
        )
        for protocol, histogram in self._seconds.items():
            seconds.add_metric([protocol], *histogram.sample())
        yield seconds
        with self._lock:
            yield _counter("rows", "Rows that were answered.", ("model",), one(self._rows))
            batches = core.HistogramMetricFamily(
                f"{_PREFIX}batch_rows", "Rows that the model was asked at once.", labels=[]
            )
            batches.add_metric([], *self._batches.sample())
            yield batches
            missing: dict[tuple[str, ...], int]
            missing = {(name,): count for name, count in self._missing.items()}
            yield _counter("log_rows", "Rows of the request log.", ("outcome",), self._logged)
            yield _counter("missing_values", "Rows without a value.", ("column",), missing)
            text = "Rows with a value that the feature's vocabulary does not have."
            yield _counter("unseen_values", text, ("feature", "column"), self._unseen)
        unknown = one(self._unknown)
        yield _counter("unknown_columns", "Rows with another column.", ("model",), unknown)
        failed = one(self._failed_loads)
        yield _counter("failed_loads", "Versions that could not be loaded.", ("model",), failed)
        failed = one(self._failed_indexes)
        yield _counter("failed_indexes", "Indexes that are damaged.", ("model",), failed)
        vectors = core.HistogramMetricFamily(
            f"{_PREFIX}vector_seconds",
            "Seconds from first byte to answer, of what is asked about vectors.",
            labels=["method"],
        )
        for method, histogram in self._of_vectors.items():
            vectors.add_metric([method], *histogram.sample())
        yield vectors
        yield from self._states()

    def _states(self) -> Iterator[Any]:
        model = self._versions.name
        states = core.GaugeMetricFamily(
            f"{_PREFIX}version",
            "1 for the state of each version.",
            labels=["model", "version", "state"],
        )
        for version in self._versions.known:
            states.add_metric([model, str(version.number), version.state.name], 1)
        yield states
        indexes = core.GaugeMetricFamily(
            f"{_PREFIX}index_rows",
            "Rows of the index that is served with each version.",
            labels=["model", "version", "index"],
        )
        for version in self._versions.known:
            if version.index is not None:
                numbers = str(version.number), str(version.index.offer.number)
                indexes.add_metric([model, *numbers], version.index.vectors.rows)
        yield indexes


def _counter(
    name: str, text: str, labels: Sequence[str], counts: Mapping[tuple[str, ...], int]
) -> Any:
    family = core.CounterMetricFamily(f"{_PREFIX}{name}", text, labels=labels)
    for key, count in counts.items():
        family.add_metric(key, count)
    return family
