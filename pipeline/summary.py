"""What a run ends with, for people and for scripts."""

import dataclasses
import json
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from tfx.utils import path_utils

from model.evaluation.baselines import BaselineScore, best_rules
from model.evaluation.fitness.check import Fitness
from model.evaluation.metrics import SliceMetrics
from model.feature_engineering.labels import METRICS
from pipeline import produced, produced_vectors
from pipeline.console import Progress
from pipeline.ended import Ended
from pipeline.narrow import print_table
from pipeline.produced import Outputs


@dataclasses.dataclass(frozen=True)
class Summary:
    """The outcome of a run.

    Attributes:
        ended: rows, times and places.
        blessed: whether the model may serve.
        reasons: what was checked: `passed` and `text` each.
        slices: metrics of all rows, then of each slice.
        baselines: scores of the trivial baselines.
        parity: how far training and serving are apart.
        fitness: what plain TensorFlow made of the model.
        warnings: anomalies that did not stop the run.
        alarms: what speaks against the features, whatever the model reaches.
        model_path: the served SavedModel; None if the model was not blessed.
        candidate_path: the SavedModel that was evaluated.
        data_file: a file of the user's own rows; None if the built-in ones were used.
        report: the page of the run; None if it could not be written.
        index_path: the index that is served with the model; None if there is none.
    """

    ended: Ended
    blessed: bool
    reasons: list[dict[str, Any]]
    slices: list[SliceMetrics]
    baselines: list[BaselineScore]
    parity: dict[str, Any]
    fitness: Fitness
    warnings: list[dict[str, Any]]
    alarms: list[str]
    model_path: str | None
    candidate_path: str
    data_file: Path | None
    report: Path | None = None
    index_path: str | None = None

    @property
    def predict_command(self) -> str:
        """What asks the served model about rows; empty if it is not served."""
        return _next_command(self) if self.model_path else ""

    def to_json(self) -> str:
        """Returns the summary as one line of JSON."""
        content = {
            "blessed": self.blessed,
            "reasons": [reason["text"] for reason in self.reasons],
            "failed": [reason["text"] for reason in self.reasons if not reason["passed"]],
            "metrics": dict(self.slices[0].metrics),
            "slices": {one.slice: dict(one.metrics) for one in self.slices[1:]},
            "intervals": {one.slice: dict(one.intervals) for one in self.slices},
            "baselines": [dataclasses.asdict(score) for score in self.baselines],
            "parity": self.parity,
            "serving": dataclasses.asdict(self.fitness),
            "warnings": self.warnings,
            "alarms": self.alarms,
            "model_path": self.model_path,
            "index_path": self.index_path,
            "candidate_path": self.candidate_path,
            "serving_path": self.ended.workspace.serving,
            **self.ended.content(),
            "report_path": str(self.report) if self.report else None,
            "next": _next_command(self),
        }
        return json.dumps(content)


def summarise(progress: Progress, ended: Ended, data_file: Path | None) -> Summary:
    """Collects the outcome of a finished run from the artifacts of its steps."""
    outputs = {step: execution.outputs for step, execution in progress.executions.items()}
    verdict = produced.verdict(outputs["ModelGate"])
    (model,) = outputs["Trainer"]["model"]
    return Summary(
        ended=ended,
        blessed=verdict["blessed"],
        reasons=verdict["reasons"],
        slices=produced.metrics(outputs["Evaluator"]),
        baselines=produced.baselines(outputs["TrivialBaselines"]),
        parity=produced.parity(outputs["Parity"]),
        fitness=produced.fitness(outputs["ServingCheck"]),
        warnings=produced.data_report(outputs["DataGate"])["anomalies"],
        alarms=produced.alarms(outputs),
        model_path=produced.pushed_to(outputs["Pusher"]),
        index_path=_index_path(outputs),
        candidate_path=path_utils.serving_model_path(model.uri),
        data_file=data_file,
    )


def _index_path(outputs: Mapping[str, Outputs]) -> str | None:
    pushed = outputs.get("IndexPusher")
    return produced_vectors.served(pushed) if pushed else None


def show(summary: Summary, console: Console) -> None:
    """Prints the summary for a person."""
    console.print()
    print_table(_metrics_table(summary), console)
    console.print()
    verdict = "[bold green]blessed[/]" if summary.blessed else "[bold red]not blessed[/]"
    console.print(f"The model is {verdict}:", highlight=False)
    for reason in summary.reasons:
        mark = "[green]✓[/]" if reason["passed"] else "[red]✗[/]"
        console.print(f"  {mark} {escape(reason['text'])}", highlight=False, soft_wrap=True)
    for alarm in summary.alarms:
        console.print(f"  [yellow]![/] {escape(alarm)}", highlight=False, soft_wrap=True)
    console.print()
    for label, text in _places(summary):
        console.print(f"{label:<11}{text}", highlight=False, soft_wrap=True, markup=False)


def _metrics_table(summary: Summary) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    measured_on = "evaluated on"
    if any(one.intervals for one in summary.slices):
        measured_on += " (± 95 %)"
    table.add_column(measured_on, no_wrap=True, min_width=len(measured_on))
    shown = [one for one in METRICS.values() if one.name in summary.slices[0].metrics]
    for header in ("rows", *(metric.title for metric in shown)):
        table.add_column(header, justify="right", no_wrap=True, min_width=max(len(header), 5))
    for one in summary.slices:
        numbers = (_measured(one, metric.name) for metric in shown)
        table.add_row(escape(one.slice), f"{one.metrics['rows']:,.0f}", *numbers)
    table.add_section()
    for rule in best_rules(summary.baselines, shown):
        numbers = (_number(rule.metrics.get(metric.name), "") for metric in shown)
        table.add_row(f"[dim]rule: {escape(rule.rule)}[/]", "", *numbers)
    return table


def _measured(one: SliceMetrics, metric: str) -> str:
    """Returns a metric and, in a second line, where it lies for sure, of it 95 %."""
    number = _number(one.metrics.get(metric))
    low, high = one.intervals.get(metric, (0.0, 0.0))
    # Rows that are all alike, such as twenty right answers, have none; that makes nothing sure.
    if low == high:
        return number
    return f"{number}\n[dim]±{_number((high - low) / 2)}[/]"


def _number(value: float | None, absent: str = "-") -> str:
    return absent if value is None else f"{value:.4f}"


def _places(summary: Summary) -> list[tuple[str, str]]:
    workspace = summary.ended.workspace
    return [
        summary.ended.data_line(len(summary.warnings)),
        ("model", summary.model_path or f"unchanged: {workspace.serving}"),
        *([("index", summary.index_path)] if summary.index_path else []),
        ("artifacts", workspace.root),
        ("metadata", str(workspace.metadata_file)),
        ("report", str(summary.report or "not written; the log says why")),
        *summary.ended.last_lines,
        ("next", _next_command(summary)),
    ]


def _next_command(summary: Summary) -> str:
    if not summary.model_path:
        return "see the ✗ above; change features, data or thresholds, then run again"
    beside = _absolute(Path(sys.executable).with_name("zeroskew"))
    program = "zeroskew" if shutil.which("zeroskew") else beside
    rows = ["--rows", _absolute(summary.data_file), "--limit", "3"] if summary.data_file else []
    return shlex.join([program, "predict", "--model", _absolute(summary.model_path), *rows])


def _absolute(path: str | Path) -> str:
    """Returns a path that means the same in each folder in which a command is pasted."""
    return str(Path(path).absolute())
