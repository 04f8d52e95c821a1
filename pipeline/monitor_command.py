"""`zeroskew monitor`: what the request log tells of the model that is served."""

import datetime
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.logs import quiet
from pipeline.narrow import print_table
from pipeline.options import Assignments, Config, Debug, read_settings
from zeroskew.errors import EXIT_ALARMS, EXIT_OK, SettingsError, WorkspaceError

if TYPE_CHECKING:
    from data_ingestion.gate.served_columns import ServedColumn
    from model.evaluation.estimates import Estimate
    from pipeline.monitor.later_labels import LaterLabels
    from pipeline.monitor.watch import Watched
    from pipeline.settings import Settings

_WIDE = 10_000


def monitor(
    log: Annotated[Path, typer.Argument(metavar="LOG_FOLDER", help="What serve.log.path names.")],
    model: Annotated[Path, typer.Option(help="The folder of the model that has answered.")],
    config: Config = None,
    since: Annotated[
        str | None, typer.Option(help="First moment, such as 2026-11-29T08:00 (UTC).")
    ] = None,
    until: Annotated[str | None, typer.Option(help="The moment after the last one.")] = None,
    labels: Annotated[
        str | None, typer.Option(metavar="FILE", help="What became true: any file with data.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Joins labels and log. Default: serve.log.key."),
    ] = None,
    statistics: Annotated[
        Path | None,
        typer.Option(help="FeatureStats.pb of the training, if the model's run is elsewhere."),
    ] = None,
    max_distance: Annotated[
        float, typer.Option(help="Infinity norm of words, Jensen-Shannon divergence of numbers.")
    ] = 0.1,
    max_missing: Annotated[
        float, typer.Option(help="Change of the share of rows without a value.")
    ] = 0.05,
    max_unseen: Annotated[
        float, typer.Option(help="Share of words that the training did not have.")
    ] = 0.01,
    max_outside: Annotated[
        float, typer.Option(help="Share of numbers beyond those of the training.")
    ] = 0.01,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all of it as a page (HTML), too.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, the last line of stdout.")
    ] = False,
    assignments: Assignments = None,
    debug: Debug = False,
) -> None:
    """Compare what a model is asked, and how good it is, with its training.

    Columns are held against the statistics of the train split. With labels that came later, the
    metrics are held against those that the model had when it was blessed. An alarm is only what
    is surely so, by 95 % intervals.

    [bold]Exit codes[/bold]: 0 fine, 3 alarms, 4 the log or the labels cannot be read.

    [bold]Examples[/bold]

      zeroskew monitor log --model runs/taxi/serving/1795988882
      zeroskew monitor log --model runs/taxi/serving/1795988882 --since 2026-11-29
      zeroskew monitor log --model runs/taxi/serving/1795988882 --labels trips.csv --key trip_id
    """
    settings = read_settings(config, assignments=assignments)
    begin, end = _moment("since", since), _moment("until", until)
    with quiet():
        from data_ingestion.gate.served_columns import Limits
        from pipeline.monitor.watch import Question, watch

        limits = Limits(max_distance, max_missing, max_unseen, max_outside)
        asked = Question(log, model, limits, begin, end, statistics)
        later, salt = _later(settings, labels, key) if labels else (None, b"")
        found = watch(asked, later, salt)
    # Files and other commands get whole lines.
    _show(found, Console(width=None if sys.stdout.isatty() else _WIDE))
    if page:
        _write_page(page, found, f"{model} and {log}")
    if as_json:
        typer.echo(json.dumps({"model": str(model), **found.to_dict()}, ensure_ascii=False))
    raise typer.Exit(EXIT_ALARMS if found.alarms else EXIT_OK)


def _moment(name: str, text: str | None) -> datetime.datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise SettingsError(
            f"--{name} is a moment",
            allowed="a day or a time, such as 2026-11-29 or 2026-11-29T08:00+01:00",
            received=text,
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)


def _later(settings: "Settings", file: str, key: str | None) -> "tuple[LaterLabels, bytes]":
    from model.feature_engineering.columns import columns_of
    from model.feature_engineering.feature_set import load_features
    from model.serving.service.request_log.hiding import read_salt
    from pipeline.monitor.later_labels import LaterLabels
    from zeroskew.schema import read_schema

    log = settings.serve.log
    chosen = key or (log.key if log else None)
    if chosen is None:
        raise SettingsError(
            "labels are joined to the log by a key",
            allowed="--key, or the setting serve.log.key",
            received="none",
            action="name the column with --key",
        )
    label = load_features(settings.features).label
    columns = columns_of(read_schema(settings.schema_file))
    later = LaterLabels(Path(file), chosen, label, columns, settings.data.csv)
    return later, read_salt(log) if log else b""


def _write_page(file: Path, found: "Watched", title: str) -> None:
    """Writes the page; that it cannot be written is no reason to say less."""
    from pipeline.monitor.page import write_watched

    try:
        write_watched(file, found, title)
    except WorkspaceError as error:
        typer.echo(f"warning: {error}", err=True)
    else:
        typer.echo(f"page       {file}")


def _show(found: "Watched", console: Console) -> None:
    console.print(f"{found.rows:,} rows of the model {found.fingerprint}", highlight=False)
    for other, rows in found.others.items():
        console.print(f"left out: {rows:,} rows of the model {other}", highlight=False)
    if found.hidden:
        console.print(f"not logged: {escape(', '.join(found.hidden))}", highlight=False)
    print_table(_columns(found.columns), console)
    if found.labelled is not None:
        console.print(f"{found.labelled:,} rows have a label by now", highlight=False)
        table = Table("metric", "live (95 %)", "when blessed", "worse by (95 %)")
        for one in found.metrics:
            mark = "[red]✗[/] " if one.alarm else ""
            table.add_row(
                f"{mark}{one.name}", _range(one.live), f"{one.promised:.4f}", _range(one.loss)
            )
        print_table(table, console)
    if found.unmeasured:
        console.print(f"not measurable on these rows: {', '.join(found.unmeasured)}")
    for alarm in found.alarms:
        console.print(f"[red]✗[/] {escape(alarm)}", highlight=False)
    if not found.alarms:
        console.print("[green]✓[/] nothing is surely beyond its limit", highlight=False)


def _columns(columns: "Sequence[ServedColumn]") -> Table:
    table = Table("column", "distance", "missing", "in training", "unseen", "outside")
    for one in columns:
        mark = "[red]✗[/] " if one.alarms else ""
        table.add_row(
            f"{mark}{escape(one.name)}",
            f"{one.distance:.4f}" if one.measure else "",
            f"{one.missing:.2%}",
            f"{one.missing_in_training:.2%}",
            "" if one.unseen is None else f"{one.unseen:.2%}",
            "" if one.outside is None else f"{one.outside:.2%}",
        )
    return table


def _range(one: "Estimate") -> str:
    return f"{one.value:.4f} ({one.low:.4f} to {one.high:.4f})"
