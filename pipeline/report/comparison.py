"""Two runs side by side, from what ML Metadata keeps of them."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from model.evaluation.answers import ANSWERS_FILE, read_answers
from model.evaluation.estimates import Estimate
from model.evaluation.metrics import CANDIDATE, read_metrics
from model.evaluation.references import contract_of
from model.evaluation.two_models import TwoModels, hold_together
from model.feature_engineering.labels import METRICS, Label
from model.serving.blessed import Blessed
from pipeline.report.ingredients import Ingredients, ingredients
from pipeline.report.known_features import features_of
from pipeline.report.record import RunRecord
from pipeline.report.rendering import render
from pipeline.report.runs import Run, read_last
from pipeline.report.sections.lineage import flat
from pipeline.report.text import duration, number
from zeroskew.errors import WorkspaceError
from zeroskew.files import write_atomically

COMPARISON_FILE = "comparison.html"
_PLACES = ("features", "output")

Ends = tuple[float, float] | None


@dataclasses.dataclass(frozen=True)
class ComparedMetric:
    """A metric of both runs.

    Attributes:
        title: as a table shows it.
        first: of the first run; None if it has not measured it.
        second: of the second run, likewise.
        lower_is_better: whether a smaller value is the better one.
        intervals: the ends of the 95 % interval in each run; None where it is not known.
        difference: by how much the second is greater on the same rows; None if they are not.
    """

    title: str
    first: float | None
    second: float | None
    lower_is_better: bool
    intervals: tuple[Ends, Ends] = (None, None)
    difference: Estimate | None = None

    @property
    def change(self) -> str:
        """By how much the second is greater."""
        if self.difference:
            return f"{self.difference.value:+.4f}"
        known = self.first is not None and self.second is not None
        return f"{(self.second or 0) - (self.first or 0):+.4f}" if known else "-"

    @property
    def between(self) -> str:
        """The ends of the change's 95 % interval; empty if they are not known."""
        one = self.difference
        return f"{one.low:+.4f} to {one.high:+.4f}" if one and one.low < one.high else ""

    @property
    def words(self) -> str:
        """Whether the second is better: surely, if the rows are the same, else by the numbers."""
        if self.first is None or self.second is None:
            return "measured in one run only"
        if number(self.first) == number(self.second) and not self.is_sure:
            return "the same"
        change = self.difference.value if self.difference else self.second - self.first
        better = (change < 0) == self.lower_is_better
        if self.difference and not self.is_sure:
            return f"{'better' if better else 'worse'}, but not surely"
        return f"{'surely ' if self.is_sure else ''}{'better' if better else 'worse'}"

    @property
    def is_sure(self) -> bool:
        """Whether the whole interval of the difference lies on one side of zero."""
        return self.difference is not None and (self.difference.low > 0 or self.difference.high < 0)

    @property
    def tone(self) -> str:
        """The class of the words."""
        tones = {"better": "good-ink", "worse": "bad-ink"}
        return tones.get(self.words.removeprefix("surely "), "soft")


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
        rows: on which rows, in words.
        tables: name, caption and rows of each.
    """

    metrics: Sequence[ComparedMetric]
    rows: str
    tables: Sequence[tuple[str, str, Sequence[Row]]]


@dataclasses.dataclass(frozen=True)
class Measurements:
    """What is known of the metrics of two runs beside their values.

    Attributes:
        intervals: of each run, by metric, the ends of its 95 % interval.
        models: both models on their eval rows; None if one of the runs has none.
        same_question: whether both predict the same.
    """

    intervals: tuple[Mapping[str, Ends], Mapping[str, Ends]] = ({}, {})
    models: TwoModels | None = None
    same_question: bool = True

    @property
    def rows(self) -> str:
        """On which rows the metrics were measured, in words."""
        if self.models is None:
            return "One of the runs has kept no answers to its eval rows."
        one = self.models
        if not one.same_rows:
            return (
                f"The models were evaluated on different rows: {one.first:,} and {one.second:,}, "
                f"of which {one.shared:,} are the same. So each metric has an interval of its own, "
                "and the change has none."
            )
        if not self.same_question:
            return "The models do not predict the same, or their features are no longer known."
        return (
            f"Both models were evaluated on the same {one.first:,} rows. Each change has the 95 % "
            "interval of the difference, row by row."
        )


def write_comparison(first: Path, second: Path) -> Path:
    """Writes a page about the last runs of two output folders into the second one.

    Raises:
        WorkspaceError: one of them has no run that has ended.
    """
    compared = compare_runs(read_last(first), read_last(second))
    page = {"headline": "Two runs", "title": f"{first} and {second}", "comparison": compared}
    file = second / COMPARISON_FILE
    write_atomically(file, render(page, "comparison.html"))
    return file


def compare_runs(first: Run, second: Run) -> Comparison:
    """Sets two runs side by side, from what is left of them.

    Raises:
        WorkspaceError: one of them has not ended.
    """
    records = (_record(first), _record(second))
    return compare(*records, _measure(first, second), (ingredients(first), ingredients(second)))


def _measure(first: Run, second: Run) -> Measurements:
    folders = [_evaluation(first), _evaluation(second)]
    intervals = [read_metrics(one, CANDIDATE)[0].intervals if one else {} for one in folders]
    known = [read_answers(one) for one in folders if one and Path(one, ANSWERS_FILE).exists()]
    if len(known) < len(folders):
        return Measurements((intervals[0], intervals[1]))
    label = _label_of_both(first, second)
    models = hold_together(known[0], known[1], label)
    return Measurements((intervals[0], intervals[1]), models, label is not None)


def _evaluation(run: Run) -> str:
    outputs = run.outputs("Evaluator")
    return str(outputs["evaluation"][0].uri) if outputs else ""


def _label_of_both(first: Run, second: Run) -> Label | None:
    """Returns what both models were judged by; None if it is not the same, or not known now."""
    features = features_of(second)
    contracts = {_contract(first), _contract(second)}
    # A module of that name is the one of today, whichever the runs had.
    if features is None or contracts != {contract_of(features.label)}:
        return None
    return features.label


def _contract(run: Run) -> str:
    outputs = run.outputs("ModelGate")
    return Blessed.from_artifact(outputs["blessing"][0]).contract if outputs else ""


def compare(
    first: RunRecord,
    second: RunRecord,
    measured: Measurements,
    made_of: tuple[Ingredients | None, Ingredients | None] = (None, None),
) -> Comparison:
    """Sets two runs side by side.

    Args:
        first: what is known of the first one.
        second: of the second one.
        measured: of both models.
        made_of: likewise; None where it is not known.
    """
    differences = measured.models.differences if measured.models else {}
    metrics = [
        ComparedMetric(
            metric.title,
            first.metrics.get(name),
            second.metrics.get(name),
            metric.lower_is_better,
            (measured.intervals[0].get(name), measured.intervals[1].get(name)),
            differences.get(name),
        )
        for name, metric in METRICS.items()
        if name in first.metrics or name in second.metrics
    ]
    fingerprints = Row("fingerprint", *(one.fingerprint if one else "-" for one in made_of))
    features, digests = _unlike(*made_of)
    settings = _differences(_settings(first), _settings(second))
    versions = _differences(first.versions, second.versions)
    times = [
        {step: duration(seconds) for step, seconds in one.seconds.items()}
        for one in (first, second)
    ]
    return Comparison(
        metrics,
        measured.rows,
        [
            ("Features", "Those that differ", features),
            ("Runs", "When, how long, and what came out", [*_facts(first, second), fingerprints]),
            ("Settings", "Those that differ", list(settings)),
            ("Digests", "Of what else the models were made of, those that differ", digests),
            ("Versions", "Those that differ", list(versions)),
            ("Steps", "How long each took", _rows(*times)),
        ],
    )


def _settings(record: RunRecord) -> dict[str, str]:
    """Returns the settings but for those that say where, in two checkouts, the same lies."""
    return {name: text for name, text in flat(record.settings) if name not in _PLACES}


def _unlike(first: Ingredients | None, second: Ingredients | None) -> tuple[list[Row], list[Row]]:
    """Returns the features that differ, then the digests."""
    if first and second:
        features = _differences(first.features, second.features)
        return list(features), list(_differences(first.digests, second.digests))
    unknown = "not known: the run did not come to the ModelGate"
    only = Row("all of them", *("known" if one else unknown for one in (first, second)))
    return [only], [only]


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


def _record(run: Run) -> RunRecord:
    if run.record is None:
        raise WorkspaceError(
            "runs are compared when they have ended",
            received=f"the last run of {run.output}, which has not",
            action="start it again; what is done stays",
        )
    return run.record
