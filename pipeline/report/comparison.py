"""Two runs side by side, from what ML Metadata keeps of them."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from model.feature_engineering.labels import METRICS
from pipeline.report.record import RunRecord
from pipeline.report.rendering import render
from pipeline.report.sections.lineage import flat
from pipeline.report.store import contexts_of, open_store
from pipeline.report.text import duration, number
from zeroskew.errors import WorkspaceError
from zeroskew.files import write_atomically

COMPARISON_FILE = "comparison.html"


@dataclasses.dataclass(frozen=True)
class ComparedMetric:
    """A metric of both runs.

    Attributes:
        title: as a table shows it.
        first: of the first run; None if it has not measured it.
        second: of the second run, likewise.
        lower_is_better: whether a smaller value is the better one.
    """

    title: str
    first: float | None
    second: float | None
    lower_is_better: bool

    @property
    def change(self) -> str:
        """By how much the second is greater."""
        known = self.first is not None and self.second is not None
        return f"{(self.second or 0) - (self.first or 0):+.4f}" if known else "-"

    @property
    def words(self) -> str:
        """Whether the second is better, as the table shows the numbers."""
        if self.first is None or self.second is None:
            return "measured in one run only"
        if number(self.first) == number(self.second):
            return "the same"
        return "better" if (self.second < self.first) == self.lower_is_better else "worse"

    @property
    def tone(self) -> str:
        """The class of the words."""
        return {"better": "good-ink", "worse": "bad-ink"}.get(self.words, "soft")


@dataclasses.dataclass(frozen=True)
class Row:
    """Something of both runs.

    Attributes:
        name: what it is.
        first: of the first run.
        second: of the second run.
    """

    name: str
    first: str
    second: str


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Two runs side by side.

    Attributes:
        metrics: that one of them has measured.
        tables: name, caption and rows of each.
    """

    metrics: Sequence[ComparedMetric]
    tables: Sequence[tuple[str, str, Sequence[Row]]]


def write_comparison(first: Path, second: Path) -> Path:
    """Writes a page about the last runs of two output folders into the second one.

    Raises:
        WorkspaceError: one of them has no run that has ended.
    """
    compared = compare(_last_record(first), _last_record(second))
    page = {"headline": "Two runs", "title": f"{first} and {second}", "comparison": compared}
    file = second / COMPARISON_FILE
    write_atomically(file, render(page, "comparison.html"))
    return file


def compare(first: RunRecord, second: RunRecord) -> Comparison:
    """Sets two runs side by side."""
    metrics = [
        ComparedMetric(
            metric.title, first.metrics.get(name), second.metrics.get(name), metric.lower_is_better
        )
        for name, metric in METRICS.items()
        if name in first.metrics or name in second.metrics
    ]
    settings = _differences(dict(flat(first.settings)), dict(flat(second.settings)))
    versions = _differences(first.versions, second.versions)
    times = [
        {step: duration(seconds) for step, seconds in one.seconds.items()}
        for one in (first, second)
    ]
    return Comparison(
        metrics,
        [
            ("Runs", "When, how long, and what came out", list(_facts(first, second))),
            ("Settings", "Those that differ", list(settings)),
            ("Versions", "Those that differ", list(versions)),
            ("Steps", "How long each took", _rows(*times)),
        ],
    )


def _facts(first: RunRecord, second: RunRecord) -> Iterator[Row]:
    for name, value in (
        ("began", lambda one: one.started),
        ("took", lambda one: duration(one.total_seconds)),
        ("verdict", lambda one: one.verdict),
        ("rows", lambda one: " + ".join(f"{rows:,} {split}" for split, rows in one.rows.items())),
    ):
        yield Row(name, value(first), value(second))


def _differences(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[Row]:
    return (row for row in _rows(first, second) if row.first != row.second)


def _rows(first: Mapping[str, str], second: Mapping[str, str]) -> list[Row]:
    names = dict.fromkeys([*first, *second])
    return [Row(name, first.get(name, "-"), second.get(name, "-")) for name in names]


def _last_record(output: Path) -> RunRecord:
    record = RunRecord.of(contexts_of(open_store(output))[0])
    if record is None:
        raise WorkspaceError(
            "runs are compared when they have ended",
            received=f"the last run of {output}, which has not",
            action="start it again; what is done stays",
        )
    return record
