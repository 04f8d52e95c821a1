"""What the data half of a run ends with, for people and for scripts."""

import dataclasses
import json
from typing import Any

from rich.console import Console

from data_ingestion.anomalies.anomaly import Anomaly
from data_ingestion.anomalies.text import describe
from pipeline import produced
from pipeline.console import Progress
from pipeline.places import Workspace


@dataclasses.dataclass(frozen=True)
class DataSummary:
    """The outcome of a run of the data half.

    Attributes:
        rows: rows of each split.
        report: what DataGate found; none of it an error.
        examples_path: the folder of the examples.
        seconds: by step, how long it took.
        cached: steps whose earlier outputs were used.
        total_seconds: from the first check to the last step.
        workspace: the folders of the run.
        log: what the libraries printed.
    """

    rows: dict[str, int]
    report: dict[str, Any]
    examples_path: str
    seconds: dict[str, float]
    cached: list[str]
    total_seconds: float
    workspace: Workspace
    log: str

    def to_json(self) -> str:
        """Returns the summary as one line of JSON."""
        content = {
            **self.report,
            "rows": self.rows,
            "examples_path": self.examples_path,
            "report_path": self.workspace.data_report,
            "metadata_path": str(self.workspace.metadata_file),
            "log_path": self.log,
            "seconds": self.seconds,
            "cached": self.cached,
            "total_seconds": round(self.total_seconds, 3),
        }
        return json.dumps(content)


def summarise(progress: Progress, workspace: Workspace, log: str) -> DataSummary:
    """Collects the outcome of the data half from the artifacts of its steps."""
    outputs = {step: execution.outputs for step, execution in progress.executions.items()}
    (examples,) = outputs["ExampleGen"]["examples"]
    return DataSummary(
        rows=produced.split_rows(outputs["StatisticsGen"]),
        report=produced.data_report(outputs["DataGate"]),
        examples_path=examples.uri,
        seconds=progress.seconds,
        cached=[step for step, execution in progress.executions.items() if execution.cached],
        total_seconds=progress.elapsed,
        workspace=workspace,
        log=log,
    )


def show(summary: DataSummary, console: Console) -> None:
    """Prints the summary for a person: rows, rates, warnings, and where everything is."""
    console.print()
    anomalies = [Anomaly.from_json(one) for one in summary.report["anomalies"]]
    for line in describe(anomalies):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    for label, text in _places(summary):
        console.print(f"{label:<11}{text}", highlight=False, soft_wrap=True, markup=False)


def _places(summary: DataSummary) -> list[tuple[str, str]]:
    report = summary.report
    rows = " + ".join(f"{count:,} {split}" for split, count in summary.rows.items())
    found = len(report["anomalies"])
    rates = [("rate", f"{name} {share:.2%}") for name, share in report["rates"].items()]
    return [
        ("data", f"{rows} rows, {found} warning{'' if found == 1 else 's'}"),
        ("rejected", f"{report['rejected']:,} of {report['rows_in']:,} rows"),
        *rates,
        ("compared", f"with {report['compared_with']}" if report["compared_with"] else "-"),
        ("examples", summary.examples_path),
        ("rejected", report["rejected_rows"]),
        ("report", summary.workspace.data_report),
        ("log", summary.log),
        ("took", f"{summary.total_seconds:.0f} s"),
    ]
