"""What a person, or a script, sees of runs on the server."""

import dataclasses
import json
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from zeroskew_kubeflow.server.runs import Run, Task

_WIDEST = 400
_MARKS = {
    "SUCCEEDED": "[green]✓[/green]",
    "CACHED": "[green]↺[/green]",
    "FAILED": "[red]✗[/red]",
    "CANCELED": "[red]✗[/red]",
}


def print_step(console: Console, task: Task) -> None:
    """Prints one line for the new state of a step."""
    took = "" if task.seconds is None else f"{task.seconds:.1f} s"
    state = task.state.lower()
    mark = _MARKS.get(task.state, "·")
    text = f"{state}: {task.error}" if task.error else state
    console.print(
        f"{mark} {escape(task.name):<17}{took:>10}   [dim]{escape(text)}[/dim]",
        highlight=False,
        soft_wrap=True,
    )


def print_run(console: Console, run: Run) -> None:
    """Prints a run with its steps."""
    for task in run.tasks:
        print_step(console, task)
    took = "" if run.seconds is None else f" after {run.seconds:.0f} s"
    console.print(
        f"{run.state.lower()}{took}: {escape(run.name)}\n{run.url}", highlight=False, soft_wrap=True
    )
    if run.error:
        console.print(f"[red]{escape(run.error)}[/red]", highlight=False, soft_wrap=True)


def print_runs(runs: Sequence[Run]) -> None:
    """Prints a table of runs, the newest first; what is too wide, the terminal itself breaks."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("RUN", "STATE", "STARTED (UTC)", "TOOK", "NAME"):
        table.add_column(title, no_wrap=True)
    for run in runs:
        started = run.started.strftime("%Y-%m-%d %H:%M") if run.started else ""
        took = "" if run.seconds is None else f"{run.seconds:.0f} s"
        table.add_row(run.run_id, run.state.lower(), started, took, escape(run.name))
    Console(width=_WIDEST).print(table)


def to_json(run: Run) -> str:
    """Returns a run as one line of JSON."""
    return json.dumps(dataclasses.asdict(run), default=str)
