"""`zeroskew lineage`: of what a pushed model was made, or what two of them do not share."""

import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from pipeline.logs import quiet
from pipeline.narrow import print_table
from pipeline.options import Debug

if TYPE_CHECKING:
    from model.serving.lineage import Difference, Lineage
    from pipeline.derived import Derived

_SHOWN, _WIDE = 60, 10_000


def lineage(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="The folder of a model that a run has pushed.")
    ],
    other: Annotated[
        Path | None, typer.Argument(metavar="OTHER", help="Another one, to compare with.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, the last line of stdout.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Say of what a model was made, why it may serve, and what was made of it.

    With two models: say what differs between them, from the data to the last feature.

    [bold]Examples[/bold]

      zeroskew lineage runs/taxi/serving/1795988882
      zeroskew lineage runs/taxi/serving/1795988882 runs/trips/serving/1795991234 --json
    """
    with quiet():
        from model.serving.lineage import differences, read_lineage
        from pipeline.derived import derived_from

        found = read_lineage(model)
        differing = differences(model, other) if other else []
        made_of_it = [] if other else derived_from(model)
    # Files and other commands get whole lines.
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    if as_json:
        plain = [dataclasses.asdict(one) for one in (differing if other else made_of_it)]
        record = {"differences": plain} if other else {**vars(found), "derived": plain}
        typer.echo(json.dumps(record, ensure_ascii=False))
    elif other:
        _show_differences(differing, model, other, console)
    else:
        console.print(_tree(model, found, made_of_it), highlight=False)


def _tree(folder: Path, found: "Lineage", made_of_it: "list[Derived]") -> Tree:
    from model.serving.lineage import reads_of

    tree = Tree(f"[bold]{escape(str(folder))}[/]  fingerprint {found.fingerprint}")
    made = tree.add("made of")
    span = f"span {found.span}, " if found.span else ""
    made.add(escape(f"data      {span}{found.rows_in_words}; {found.data or 'no digest'}"))
    made.add(f"schema    {found.schema}")
    made.add(f"code      {found.code}")
    made.add(escape(f"packages  {found.packages_in_words}"))
    made.add(escape(f"training  {_brief(found.settings)}"))
    label, features = found.features["label"], found.features["features"]
    listed = made.add(escape(f"label     {label['name']}: {label['kind']}"))
    listed = made.add(f"features  {len(features)}")
    for one in features:
        listed.add(escape(f"{one['name']}: {one['kind']} of {reads_of(one)}{_encoder(one)}"))
    judged = tree.add("blessed, because" if found.blessed else "not blessed")
    for reason in found.reasons:
        judged.add(escape(reason))
    if made_of_it:
        derived = tree.add("made of it")
        for thing in made_of_it:
            derived.add(escape(f"{thing.step}: {thing.kind}, {thing.place}"))
    return tree


def _encoder(feature: Mapping[str, Any]) -> str:
    """Returns which encoder a feature is made with, if it is."""
    if "digest" not in feature:
        return ""
    what = feature["package"] or feature["folder"]
    known = " ".join(filter(None, (what, feature["version"], feature["licence"])))
    return f", by {known}, digest {feature['digest']}"


def _brief(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {json.dumps(one)}" for name, one in values.items())


def _show_differences(
    differing: "list[Difference]", first: Path, second: Path, console: Console
) -> None:
    if not differing:
        console.print("Both models were made of the same, and judged the same.")
        return
    table = Table("what differs", escape(_short(str(first))), escape(_short(str(second))))
    for one in differing:
        table.add_row(escape(one.what), *(escape(_short(it)) for it in (one.first, one.second)))
    print_table(table, console)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"…{text[1 - _SHOWN :]}"
