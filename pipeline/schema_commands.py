"""The commands about the schema: a first one, how data differs from it, what of that is taken over.

TFDV prints as it is imported and used, so these commands keep the console for themselves.
"""

import dataclasses
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.logs import quiet
from pipeline.options import Assignments, Config, Data, Debug, read_settings
from zeroskew.errors import EXIT_OK, DataError, SettingsError

if TYPE_CHECKING:
    from data_ingestion.anomalies.anomaly import Anomaly
    from data_ingestion.schema.difference import Difference
    from pipeline.settings import Settings

app = typer.Typer(
    help="The data contract: infer a first one, hold data against it, accept what has changed.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, the last line of stdout.")]


@app.command()
def infer(
    data: Annotated[str, typer.Argument(help="A data file, a folder of them, or 'taxi'.")],
    output: Annotated[Path, typer.Option(help="The schema file to write (.pbtxt).")],
    config: Config = None,
    assignments: Assignments = None,
    debug: Debug = False,
) -> None:
    """Write a first schema for new data, for you to read and correct.

    Settings of `data` say how it is written, and how a run would split it.

    [bold]Examples[/bold]

      zeroskew schema infer trips.csv --output schema.pbtxt
      zeroskew schema infer trips.csv --output s.pbtxt --set data.split=key --set data.key=company
    """
    from data_ingestion.readers.source import locate

    settings = read_settings(config, data, assignments=assignments).data
    source = locate(settings)
    with quiet():
        from data_ingestion.schema.inference import infer_schema, remarks, undealt

        columns = infer_schema(source, output)
        said = [*remarks(source), *undealt(settings, output)]
    for remark in said:
        typer.echo(remark)
    typer.echo(f"wrote {output} with {columns} columns; read it and correct it before you use it")


@app.command()
def diff(
    config: Config = None,
    data: Data = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Say in words how data differs from the schema, and which line would accept it.

    [bold]Exit codes[/bold]: 0 nothing that would stop a run, 4 something that would.

    [bold]Examples[/bold]

      zeroskew schema diff --data new_trips.csv
      zeroskew schema diff --config my_case/settings.yaml --json
    """
    settings = read_settings(config, data, assignments=assignments)
    found = _difference(settings)
    if as_json:
        anomalies = [dataclasses.asdict(one) for one in found.anomalies]
        content = {"rows": found.rows, "rejected": found.rejected, "anomalies": anomalies}
        typer.echo(json.dumps(content))
    else:
        _print(found, settings.schema_file, _same_case(config, data, assignments or []))
    stops = found.rejected or any(one.stops for one in found.anomalies)
    raise typer.Exit(DataError.exit_code if stops else EXIT_OK)


@app.command()
def accept(
    columns: Annotated[
        list[str] | None, typer.Argument(metavar="COLUMN...", help="Whose changes to accept.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Accept every change.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="Accept what a run found: its data_report.json. Default: read the data."),
    ] = None,
    config: Config = None,
    data: Data = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write changes of the data into the schema file, and leave the rest of it as it is.

    [bold]Examples[/bold]

      zeroskew schema accept payment_type --data new_trips.csv
      zeroskew schema accept payment_type --report runs/taxi/data_report.json
      zeroskew schema accept --all --config my_case/settings.yaml
    """
    if bool(columns) == every:
        raise SettingsError(
            "say which changes to accept",
            allowed="names of columns, or --all",
            received=f"--all and {', '.join(columns)}" if columns else "neither",
            action="see them: zeroskew schema diff",
        )
    settings = read_settings(config, data, assignments=assignments)
    anomalies = _read_report(report) if report else _difference(settings).anomalies
    with quiet():
        from data_ingestion.schema.difference import accept as accept_columns

        lines = accept_columns(settings.schema_file, anomalies, columns or [])
    if as_json:
        typer.echo(json.dumps({"schema_file": str(settings.schema_file), "accepted": lines}))
        return
    for line in lines:
        typer.echo(line)
    typer.echo(f"{len(lines)} changes written to {settings.schema_file}; read them: git diff")


def _difference(settings: "Settings") -> "Difference":
    from data_ingestion.readers.source import locate
    from pipeline.checks import read_schema_of

    schema = read_schema_of(settings)
    source = locate(settings.data)
    with quiet():
        from data_ingestion.schema.difference import compare_with_schema

        return compare_with_schema(source, schema)


def _same_case(config: Path | None, data: str | None, assignments: list[str]) -> list[str]:
    """Returns the options that name the same use case, in whatever folder they are pasted."""
    files = [] if config is None else ["--config", str(config.absolute())]
    if data is not None:
        files += ["--data", str(Path(data).absolute()) if Path(data).exists() else data]
    return [*files, *(part for one in assignments for part in ("--set", one))]


def _print(found: "Difference", schema_file: Path, options: list[str]) -> None:
    from data_ingestion.anomalies.text import count, describe

    for line in describe(found.anomalies):
        typer.echo(line)
    unread = f"; {found.rejected:,} rows cannot be read" if found.rejected else ""
    counts = count(found.anomalies)
    typer.echo(f"{found.rows:,} rows against {schema_file.name}: {counts}{unread}")
    columns = sorted({one.subject for one in found.anomalies if one.accept})
    if columns:
        typer.echo(f"to accept: zeroskew schema accept {shlex.join([*columns, *options])}")


def _read_report(file: Path) -> "list[Anomaly]":
    from data_ingestion.anomalies.anomaly import Anomaly

    try:
        found = json.loads(file.read_text(encoding="utf-8"))["anomalies"]
        return [Anomaly.from_json(one) for one in found]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            "--report takes what a run found in the data",
            allowed="the data_report.json in the output folder of a run",
            received=f"{file}: {type(error).__name__}: {' '.join(str(error).split())}",
        ) from error
