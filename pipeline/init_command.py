"""`zeroskew init`: from a table to a use case."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.prompt import Prompt
from rich.table import Table as RichTable

from pipeline.logs import quiet
from pipeline.options import Debug
from zeroskew.errors import EXIT_NOT_BLESSED, EXIT_OK, SettingsError
from zeroskew.progress import Progress, listening

if TYPE_CHECKING:
    from model.proposals.proposal import Question
    from pipeline.use_case.draft import Draft, Table


def init(
    data: Annotated[
        str, typer.Argument(help="A data file, a folder of them, or the URL of a database.")
    ],
    label: Annotated[
        str | None, typer.Option(help="The column that the model is to predict.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The folder to write; named after the data unless given.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing; take the likelier answers.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write over the files of an earlier time.")
    ] = False,
    run: Annotated[bool, typer.Option("--run", help="Go on to a blessed model.")] = False,
    debug: Debug = False,
) -> None:
    """Look at a table and write a use case for it: schema, features, settings, rules, README.

    What is left out, and why each feature is what it is, stands in the features file: read it, and
    correct it. Where the folder is there already, the differences are shown and nothing is
    written, unless --overwrite says so.

    [bold]Examples[/bold]

      zeroskew init customers.csv --label Churn
      zeroskew init customers.csv --label Churn --yes --run
      zeroskew init trips/ --label fare --output use_cases/trips
    """
    console = Console()
    with quiet():
        from pipeline.use_case.draft import draft, name_of

        name = name_of(output.resolve().name if output else data)
        folder = output or Path(name)
        table = _look(console, data)
        chosen = label or _ask_label(console, table, yes)
        place = data if "://" in data or data == "taxi" else os.path.relpath(data, folder)
        asks = not yes and sys.stdin.isatty()
        found = draft(table, name, place, chosen, {})
        answers = {one.key: _ask(one) for one in found.questions} if asks else {}
        if answers:
            found = draft(table, name, place, chosen, answers)
    for remark in table.remarks:
        console.print(remark, markup=False, highlight=False, soft_wrap=True)
    _show(console, found, asks)
    _write(console, folder, found, overwrite)
    config = folder / "settings.yaml"
    if not run:
        console.print(f"next       zeroskew run --config {config}", soft_wrap=True)
        return
    from pipeline.run import run as run_pipeline
    from pipeline.settings import load_settings

    summary = run_pipeline(load_settings(config))
    raise typer.Exit(EXIT_OK if summary.blessed else EXIT_NOT_BLESSED)


def _look(console: Console, data: str) -> "Table":
    from pipeline.use_case.draft import look

    with console.status(f"looking at {data} ...") as status:

        def show(progress: Progress) -> None:
            status.update(f"looking at {data}: {progress}")

        with listening(show):
            return look(data)


def _ask_label(console: Console, table: "Table", yes: bool) -> str:
    from pipeline.use_case.draft import possible_labels

    able = possible_labels(table)
    if yes or not sys.stdin.isatty() or not able:
        raise SettingsError(
            "the column that the model is to predict must be named",
            allowed=", ".join(able) or "a column of two values or more; there is none",
            received="no --label",
            action="name one: --label COLUMN",
        )
    return Prompt.ask("Which column is the model to predict?", choices=able, console=console)


def _ask(question: "Question") -> str:
    console = Console()
    console.print(question.text)
    for key, meaning in question.choices.items():
        console.print(f"  {key}: {meaning}")
    return Prompt.ask("", choices=list(question.choices), default=question.default, console=console)


def _show(console: Console, found: "Draft", asked: bool) -> None:
    table = RichTable(box=None, header_style="dim", show_edge=False)
    for title in ("column", "becomes", "because"):
        table.add_column(title, overflow="fold")
    for one in (found.label, *found.columns):
        table.add_row(one.column, ", ".join(one.kinds) or "[dim]left out[/]", one.reason)
    console.print(table)
    console.print(f"splits: {found.split}", soft_wrap=True)
    for question in () if asked else found.questions:
        console.print(f"taken: {question.text} {question.default}", soft_wrap=True, highlight=False)


def _write(console: Console, folder: Path, found: "Draft", overwrite: bool) -> None:
    from pipeline.use_case.folder import differences, is_there, write

    if is_there(folder, found.files) and not overwrite:
        lines = list(differences(folder, found.files))
        for line in lines:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        if lines:
            console.print(f"nothing written: {folder} is there; --overwrite takes the new files")
        else:
            console.print(f"nothing has changed: {folder} is what would be written")
        return
    write(folder, found.files)
    console.print(f"wrote      {folder}: {', '.join(found.files)}", soft_wrap=True)
