"""What the data half of a run ends with, for people and for scripts."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from data_ingestion.anomalies.anomaly import Anomaly
from data_ingestion.anomalies.text import describe
from pipeline import produced
from pipeline.console import Progress
from pipeline.ended import Ended


@dataclasses.dataclass(frozen=True)
class DataSummary:
    """The outcome of a run of the data half.

    Attributes:
        ended: rows, times and places.
        report: what DataGate found; none of it an error.
        page: of the run; None if it could not be written.
    """

    ended: Ended
    report: dict[str, Any]
    page: Path | None = None

    def to_json(self) -> str:
        """Returns the summary as one line of JSON."""
        content = {
            **self.report,
            **self.ended.content(),
            "data_report_path": self.ended.workspace.data_report,
            "report_path": str(self.page) if self.page else None,
        }
        return json.dumps(content)


def summarise(progress: Progress, ended: Ended) -> DataSummary:
    """Collects the outcome of the data half from the artifacts of its steps."""
    return DataSummary(ended, produced.data_report(progress.executions["DataGate"].outputs))


def show(summary: DataSummary, console: Console) -> None:
    """Prints the summary for a person: rows, rates, warnings, and where everything is."""
    console.print()
    anomalies = [Anomaly.from_json(one) for one in summary.report["anomalies"]]
    for line in describe(anomalies):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    for label, text in _places(summary):
        console.print(f"{label:<11}{text}", highlight=False, soft_wrap=True, markup=False)


def _places(summary: DataSummary) -> list[tuple[str, str]]:
    report, ended = summary.report, summary.ended
    rates = [("rate", f"{name} {share:.2%}") for name, share in report["rates"].items()]
    return [
        ended.data_line(len(report["anomalies"])),
        ("rejected", f"{report['rejected']:,} of {report['rows_in']:,} rows"),
        *rates,
        ("compared", f"with {report['compared_with']}" if report["compared_with"] else "-"),
        ("examples", ended.examples_path),
        ("rejected", report["rejected_rows"]),
        ("found", ended.workspace.data_report),
        ("report", str(summary.page or "not written; the log says why")),
        *ended.last_lines,
    ]
