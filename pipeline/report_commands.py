"""The commands about runs that have ended: their page, made again, and the list of them."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from model.feature_engineering.labels import METRICS
from pipeline.logs import quiet
from pipeline.options import Debug, read_settings
from pipeline.report.text import duration

if TYPE_CHECKING:
    from pipeline.report.listing import Listed

Folder = Annotated[
    Path | None,
    typer.Argument(
        metavar="OUTPUT", help="The output folder of runs. Default: that of the built-in case."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, the last line of stdout.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands to an application."""
    app.command()(report)
    app.command()(runs)


def report(
    output: Folder = None,
    other: Annotated[
        Path | None, typer.Argument(metavar="OTHER", help="Another one, to compare with.")
    ] = None,
    markdown: Annotated[
        bool,
        typer.Option("--markdown", help="Print it as Markdown, as a pull request's comment."),
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write the page of the last run again, from what the run has left in its output folder.

    With two folders: write a page, comparison.html, into the second, with both runs side by side.
    As Markdown, the second run is told, and what differs from the first one, if that has ended.

    [bold]Examples[/bold]

      zeroskew report
      zeroskew report runs/trips --json
      zeroskew report runs/taxi runs/trips
      zeroskew report runs/main runs/change --markdown
    """
    with quiet():
        if markdown:
            found = _markdown(output or read_settings().output, other)
        else:
            found = str(_write(_folder(output), other.resolve() if other else None))
    if as_json:
        typer.echo(json.dumps({"markdown" if markdown else "report_path": found}))
    else:
        typer.echo(found if markdown else f"wrote {found}")


def runs(output: Folder = None, as_json: AsJson = False, debug: Debug = False) -> None:
    """List the runs of an output folder, the latest first: when, rows, verdict, metrics.

    [bold]Examples[/bold]

      zeroskew runs
      zeroskew runs runs/trips --json
    """
    with quiet():
        from pipeline.report.listing import list_runs

        found = list_runs(_folder(output))
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(one) for one in found]))
    else:
        Console(soft_wrap=True).print(_table(found))


def _write(output: Path, other: Path | None) -> Path:
    if other:
        from pipeline.report.comparison import write_comparison

        return write_comparison(output, other)
    from pipeline.report.page import write_page
    from pipeline.report.runs import read_last

    return write_page(read_last(output), output)


def _markdown(output: Path, other: Path | None) -> str:
    from pipeline.report.comment import to_markdown

    return to_markdown(other, output) if other else to_markdown(output)


def _folder(output: Path | None) -> Path:
    return (output or read_settings().output).resolve()


def _table(found: "Sequence[Listed]") -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in ("began", "took", "rows", "verdict", "metrics"):
        table.add_column(header, justify="right" if header == "took" else "left")
    for one in found:
        rows = " + ".join(f"{rows:,} {split}" for split, rows in one.rows.items())
        metrics = ", ".join(
            f"{METRICS[name].title} {value:.4f}" for name, value in one.metrics.items()
        )
        took = "" if one.seconds is None else duration(one.seconds)
        table.add_row(one.began.replace("T", " "), took, rows, escape(one.verdict), metrics)
    return table
