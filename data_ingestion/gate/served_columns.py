"""What a model was asked, held against the rows that it was trained with, column by column.

Each measure has a limit, and what chance alone makes of it in so few rows is taken off before:
what is found beyond that is surely so, in 19 of 20 cases.
"""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data_ingestion.statistics import statistics_view
from zeroskew.lazy import lazy_import

schema_inference = lazy_import("data_ingestion.schema.inference")
schema_pb2 = lazy_import("tensorflow_metadata.proto.v0.schema_pb2")
tfdv = lazy_import("tensorflow_data_validation")

_Z, _Z_ONE_SIDED = 1.96, 1.645
_TAIL = 0.1
_BUCKETS = 20
"""Of two histograms of ten, aligned by TFDV."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """How much what is asked may differ from what was trained with.

    Attributes:
        distance: infinity norm between the shares of words, Jensen-Shannon divergence between
            numbers; and share of numbers beyond the tenth at each end, more than that tenth.
        missing: change of the share of rows without a value.
        unseen: share of values that the training did not have.
        outside: share of numbers below the least or above the greatest of the training.
    """

    distance: float = 0.1
    missing: float = 0.05
    unseen: float = 0.01
    outside: float = 0.01


@dataclasses.dataclass(frozen=True)
class ServedColumn:
    """What was found of a column.

    Attributes:
        name: its name.
        measure: ``"infinity norm"`` or ``"Jensen-Shannon divergence"``; empty if it could not be
            measured.
        distance: by that measure, from the training; 0 if not measured.
        missing: share of rows without a value.
        missing_in_training: the same of the training.
        unseen: share of values that the training did not have; None for numbers, and where it had
            too many to know all.
        outside: share of numbers beyond those of the training; None for text.
        tail: the larger share of numbers beyond the tenth at either end; None for text.
        alarms: what is surely beyond a limit, in words.
    """

    name: str
    measure: str = ""
    distance: float = 0.0
    missing: float = 0.0
    missing_in_training: float = 0.0
    unseen: float | None = None
    outside: float | None = None
    tail: float | None = None
    alarms: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class Served:
    """What was found of all columns.

    Attributes:
        columns: each that was served and is in the training's statistics.
        statistics: TFDV's, of the rows that were served.
    """

    columns: Sequence[ServedColumn]
    statistics: Any


def compare_served(
    types: Mapping[str, str],
    training: Any,
    batches: Iterable[pa.RecordBatch],
    limits: Limits,
) -> Served:
    """Compares rows that were served with statistics of the training.

    Args:
        types: ``"FLOAT"``, ``"INT"`` or ``"BYTES"`` by column.
        training: TFDV's statistics of the train split.
        batches: at least one row that was served, as readers give them; a column that none of them
            has, as the log left it out, is not compared.
        limits: what is an alarm.

    Raises:
        DataError: there are no rows.
    """
    wanted = {
        name: stats
        for name in types
        if (stats := statistics_view.find_column(training, name)) is not None
    }
    counts = {name: _Beyond(stats) for name, stats in wanted.items() if types[name] != "BYTES"}
    served = schema_inference.compute_statistics(_counted(batches, counts))
    distances = _distances(types, training, served)
    found = []
    for name, stats in wanted.items():
        mine = statistics_view.find_column(served, name)
        if mine is not None:
            sizes = _Sizes(stats, training, mine, served)
            one = _column(name, stats, mine, sizes, counts.get(name), distances.get(name))
            found.append(dataclasses.replace(one, alarms=tuple(_alarms(one, sizes, limits))))
    return Served(found, served)


@dataclasses.dataclass(frozen=True)
class _Sizes:
    """How many rows there are, and how many values, in training and served."""

    train_stats: Any
    training: Any
    stats: Any
    served: Any

    @property
    def rows(self) -> tuple[int, int]:
        return max(1, statistics_view.rows(self.training)), statistics_view.rows(self.served)

    @property
    def values(self) -> tuple[int, int]:
        known = [statistics_view.rows_with_value(one) for one in (self.train_stats, self.stats)]
        return max(1, known[0]), max(1, known[1])


class _Beyond:
    """Counts numbers beyond those of the training, and beyond the tenth at each end."""

    def __init__(self, stats: Any) -> None:
        numbers, quantiles = stats.num_stats, statistics_view.quantiles(stats)
        self._bounds = {"least": numbers.min, "greatest": numbers.max}
        self._tenths = [quantiles.get(f"{tenth} % quantile") for tenth in (10, 90)]
        self.count = self.outside = self.low = self.high = 0

    def add(self, values: pa.Array) -> None:
        flat = pc.drop_null(values.flatten() if pa.types.is_nested(values.type) else values)
        self.count += len(flat)
        self.outside += _number(pc.less(flat, self._bounds["least"]))
        self.outside += _number(pc.greater(flat, self._bounds["greatest"]))
        low, high = self._tenths
        if low is not None and high is not None:
            self.low += _number(pc.less(flat, low))
            self.high += _number(pc.greater(flat, high))


def _number(truths: pa.Array) -> int:
    return int(pc.sum(truths).as_py() or 0)


def _counted(
    batches: Iterable[pa.RecordBatch], counts: Mapping[str, _Beyond]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for name in batch.schema.names:
            if name in counts:
                counts[name].add(batch.column(name))
        yield batch


def _distances(types: Mapping[str, str], training: Any, served: Any) -> dict[str, float]:
    """Returns TFDV's distance of each column that has one."""
    schema = schema_pb2.Schema()
    for name, kind in types.items():
        feature = schema.feature.add(name=name, type=schema_pb2.FeatureType.Value(kind))
        comparator = feature.skew_comparator
        measure = "infinity_norm" if kind == "BYTES" else "jensen_shannon_divergence"
        getattr(comparator, measure).threshold = 1.0
    found = tfdv.validate_statistics(training, schema, serving_statistics=served)
    return {
        info.path.step[-1]: one.value
        for info in found.drift_skew_info
        for one in list(info.skew_measurements)[:1]
    }


def _column(
    name: str,
    before: Any,
    now: Any,
    sizes: _Sizes,
    beyond: _Beyond | None,
    distance: float | None,
) -> ServedColumn:
    is_text = beyond is None
    measure = "infinity norm" if is_text else "Jensen-Shannon divergence"
    train_rows, rows = sizes.rows
    train_known = statistics_view.rows_with_value(before)
    count = max(1, beyond.count) if beyond else 1
    return ServedColumn(
        name,
        "" if distance is None else measure,
        distance or 0.0,
        1 - min(1.0, statistics_view.rows_with_value(now) / rows),
        1 - min(1.0, train_known / train_rows),
        unseen=_unseen(before, now) if is_text else None,
        outside=beyond.outside / count if beyond else None,
        tail=max(beyond.low, beyond.high) / count if beyond else None,
    )


def _unseen(before: Any, now: Any) -> float | None:
    """Returns the share of values that are new; None if the training had too many to list."""
    if not now.HasField("string_stats"):
        return None
    seen = statistics_view.shares(before) if before.HasField("string_stats") else {}
    if len(seen) < before.string_stats.unique:
        return None
    shares = statistics_view.shares(now).items()
    return float(sum(share for value, share in shares if value not in seen))


def _alarms(one: ServedColumn, sizes: _Sizes, limits: Limits) -> Iterator[str]:
    (train_rows, rows), (train_values, values) = sizes.rows, sizes.values
    change = abs(one.missing - one.missing_in_training)
    spread = _variance(one.missing, rows) + _variance(one.missing_in_training, train_rows)
    if change - _Z * math.sqrt(spread) > limits.missing:
        yield f"missing in {one.missing:.2%} of the rows, {one.missing_in_training:.2%} in training"
    if one.unseen is not None and _least(one.unseen, values) > limits.unseen:
        yield f"{one.unseen:.2%} of the values were not in training"
    if one.outside is not None and _least(one.outside, values) > limits.outside:
        yield f"{one.outside:.2%} of the numbers are beyond those of training"
    if one.measure and one.distance - _by_chance(one, train_values, values) > limits.distance:
        yield f"{one.measure} {one.distance:.4f} from training"
    if one.tail is not None and _least(one.tail, values) > _TAIL + limits.distance:
        yield f"{one.tail:.2%} of the numbers are beyond a tenth at one end of training"


def _variance(share: float, rows: int) -> float:
    # A row more of each kind: with none of one kind, a few rows would be sure.
    spread = (share * rows + 1) / (rows + 2)
    return spread * (1 - spread) / rows


def _least(share: float, rows: int) -> float:
    """Returns what a share surely is at least; of a few rows not much, even if all have it."""
    count = rows + _Z**2
    centre = (share * rows + _Z**2 / 2) / count
    return centre - _Z * math.sqrt(centre * (1 - centre) / count)


def _by_chance(one: ServedColumn, train_values: int, values: int) -> float:
    """Returns how far apart samples of these sizes are, of the same rows, in 19 of 20 cases."""
    sizes = 1 / values + 1 / train_values
    if one.measure == "infinity norm":
        return _Z * math.sqrt(0.25 * sizes)
    free = _BUCKETS - 1
    # Twice the divergence, in nats and by the harmonic size of both, is nearly chi-squared.
    return sizes * (free + _Z_ONE_SIDED * math.sqrt(2 * free)) / (8 * math.log(2))
