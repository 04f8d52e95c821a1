"""The data: rows, what became of them, what was found wrong, and each column in a small picture."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from data_ingestion.anomalies.anomaly import Anomaly
from data_ingestion.anomalies.text import describe
from data_ingestion.examples.ingestion_report import Report, first_rejected, read_report
from data_ingestion.gate.passed_spans import PassedSpan, baseline, read_passed
from data_ingestion.readers.rows import RejectedRow
from pipeline import produced
from pipeline.report.distributions import Distribution, distribution, picture_of
from pipeline.report.runs import Run
from pipeline.report.text import plain
from zeroskew.schema import column_types, read_schema, schema_file

_MOST_COLUMNS, _MOST_PICTURES = 1_000, 300
_MOST_ANOMALIES = 100
"""A page stays below 3 MB: what is left out of it is said."""
_REJECTED_SHOWN = 10
_FAR = 0.1


@dataclasses.dataclass(frozen=True)
class ColumnView:
    """A column.

    Attributes:
        name: of the column.
        type: as in the schema.
        distribution: in each split, and in the span before, if there is one.
        picture: of it; empty if the page has enough of them.
        change: how far the last data set is from the first, from 0 to 1.
        anomalies: what was found wrong with it.
    """

    name: str
    type: str
    distribution: Distribution
    picture: Markup
    change: float
    anomalies: Sequence[str]

    @property
    def is_far(self) -> bool:
        """Whether the change is worth a look."""
        return self.change >= _FAR


@dataclasses.dataclass(frozen=True)
class Data:
    """What is known of the data.

    Attributes:
        splits: rows of each.
        report: what became of the source's rows.
        remarks: what a person should know of how they were read.
        rejected: the first rows that were not used.
        anomalies: what was found wrong, in lines, the first ones.
        more_anomalies: how many are not shown.
        counted: how many errors and warnings.
        compared_with: what drift was measured from; empty if there is nothing yet.
        columns: one by one, the first ones.
        more_columns: how many are not shown.
        without_picture: how many of them have none.
        names: of the data sets in the pictures.
    """

    splits: Mapping[str, int]
    report: Report | None
    remarks: Sequence[str]
    rejected: Sequence[RejectedRow]
    anomalies: Sequence[Sequence[str]]
    more_anomalies: int
    counted: str
    compared_with: str
    columns: Sequence[ColumnView]
    more_columns: int
    without_picture: int
    names: Sequence[str]

    @property
    def is_far(self) -> int:
        """How many columns have changed so much that they are worth a look."""
        return sum(column.is_far for column in self.columns)


def data(run: Run) -> Data | None:
    """Reads what is known of the data; None if it was not read."""
    ingested, statistics = run.outputs("ExampleGen"), run.outputs("StatisticsGen")
    if ingested is None:
        return None
    report = read_report(ingested["report"][0].uri)
    found = _gate_report(run)
    anomalies = [Anomaly.from_json(one) for one in found.get("anomalies", [])]
    sets = _data_sets(run, statistics, report) if statistics else {}
    columns = list(_columns(sets, anomalies, _types(run)))
    blocks = _blocks(anomalies)
    of_first = next(iter(sets.values()), None)
    errors = sum(one.stops for one in anomalies)
    return Data(
        splits=produced.split_rows(statistics) if statistics else report.examples,
        report=report,
        remarks=[plain(one, 600) for one in report.remarks],
        rejected=first_rejected(ingested["rejected"][0].uri, _REJECTED_SHOWN),
        anomalies=blocks[:_MOST_ANOMALIES],
        more_anomalies=max(0, len(blocks) - _MOST_ANOMALIES),
        counted=f"{errors} that stop the run, {len(anomalies) - errors} that do not",
        compared_with=found.get("compared_with") or "",
        columns=columns,
        more_columns=len(of_first.features) - len(columns) if of_first else 0,
        without_picture=max(0, len(columns) - _MOST_PICTURES),
        names=list(sets),
    )


def _gate_report(run: Run) -> dict[str, Any]:
    """Returns what DataGate found; one that stopped the run has left it in the output folder."""
    gate = run.outputs("DataGate")
    if gate:
        return produced.data_report(gate)
    if "DataGate" not in run.steps or run.output is None:
        return {}
    file = run.output / produced.DATA_REPORT_FILE
    if not file.is_file():
        return {}
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _blocks(anomalies: Sequence[Anomaly]) -> list[list[str]]:
    """Returns the lines about each anomaly, apart from those about the others."""
    blocks: list[list[str]] = []
    for line in describe(anomalies):
        if not line.startswith(" ") or not blocks:
            blocks.append([])
        blocks[-1].append(plain(line, 600))
    return blocks


def _data_sets(run: Run, statistics: produced.Outputs, report: Report) -> dict[str, Any]:
    """Returns statistics by the name of the data set: the splits, then the train rows before."""
    sets = produced.split_statistics(statistics)
    passed = run.outputs("LastPassedData")
    if passed and passed.get("verdict"):
        before = baseline(read_passed(passed["verdict"][0].uri), report.span)
        sets |= _before(before) if before else {}
    return sets


def _before(span: PassedSpan) -> dict[str, Any]:
    found = [(split, one.datasets) for split, one in span.statistics.items() if split == "train"]
    return {f"{split} of {span}": dataset for split, (dataset,) in found}


def _types(run: Run) -> Mapping[str, str]:
    schema = run.outputs("CuratedSchema")
    return column_types(read_schema(schema_file(schema["schema"][0]))) if schema else {}


def _columns(
    sets: Mapping[str, Any], anomalies: Sequence[Anomaly], types: Mapping[str, str]
) -> Iterator[ColumnView]:
    rows = {name: int(one.num_examples) for name, one in sets.items()}
    by_set = {
        name: {one.path.step[-1]: one for one in each.features} for name, each in sets.items()
    }
    first = next(iter(by_set.values()), {})
    for place, name in enumerate(list(first)[:_MOST_COLUMNS]):
        found = {each: columns[name] for each, columns in by_set.items() if name in columns}
        one = distribution(found, rows)
        yield ColumnView(
            name=plain(name),
            type=types.get(name, "not in the schema"),
            distribution=one,
            picture=picture_of(name, one) if place < _MOST_PICTURES else Markup(),
            change=one.distance(0, len(one.names) - 1),
            anomalies=sorted(
                {each.kind.replace("_", " ") for each in anomalies if each.subject == name}
            ),
        )
