"""What later data is compared with: statistics and rates of the spans that have passed.

A DataVerdict artifact holds them: `spans.json`, and a folder of statistics for each span.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from zeroskew.files import open_to_read, open_to_write
from zeroskew.lazy import lazy_import

statistics_pb2 = lazy_import("tensorflow_metadata.proto.v0.statistics_pb2")

SPANS_FILE = "spans.json"
KEPT_SPANS = 12


@dataclasses.dataclass(frozen=True)
class PassedSpan:
    """Data that has passed.

    Attributes:
        span: its number; 0 if the data does not come in spans.
        rates: share of rows by name of the condition.
        statistics: TFDV's, by split.
    """

    span: int
    rates: Mapping[str, float]
    statistics: Mapping[str, Any]

    def __str__(self) -> str:
        return f"span {self.span}" if self.span else "the data that passed last"


def write_passed(folder: str, current: PassedSpan, earlier: Sequence[PassedSpan]) -> None:
    """Writes the span that has just passed, and the latest of the earlier ones."""
    others = [one for one in earlier if one.span != current.span]
    kept = sorted([*others, current], key=lambda one: one.span)[-KEPT_SPANS:]
    for one in kept:
        for split, statistics in one.statistics.items():
            with open_to_write(_statistics_file(folder, one.span, split)) as stream:
                stream.write(statistics.SerializeToString(deterministic=True))
    content = [
        {"span": one.span, "rates": dict(one.rates), "splits": list(one.statistics)} for one in kept
    ]
    with open_to_write(f"{folder}/{SPANS_FILE}") as stream:
        stream.write((json.dumps(content, indent=2) + "\n").encode())


def read_passed(folder: str) -> list[PassedSpan]:
    """Reads what `write_passed` wrote, the earliest span first."""
    with open_to_read(f"{folder}/{SPANS_FILE}") as stream:
        content = json.loads(stream.read())
    return [
        PassedSpan(
            one["span"],
            one["rates"],
            {split: _read_statistics(folder, one["span"], split) for split in one["splits"]},
        )
        for one in content
    ]


def baseline(passed: Sequence[PassedSpan], span: int) -> PassedSpan | None:
    """Returns what data is compared with: the span before, so that a rerun compares alike.

    Args:
        passed: the spans that have passed.
        span: of the data; data without spans is compared with what passed last.
    """
    earlier = [one for one in passed if 0 < one.span < span or one.span == span == 0]
    return max(earlier, key=lambda one: one.span, default=None)


def _read_statistics(folder: str, span: int, split: str) -> Any:
    with open_to_read(_statistics_file(folder, span, split)) as stream:
        return statistics_pb2.DatasetFeatureStatisticsList.FromString(stream.read())


def _statistics_file(folder: str, span: int, split: str) -> str:
    return f"{folder}/span-{span}/Split-{split}/FeatureStats.pb"
