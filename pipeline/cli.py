"""The commands a user types. Each one reads settings, calls one function and prints."""

import json
import os
import sys
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from zeroskew import __version__
from zeroskew.errors import EXIT_NOT_BLESSED, EXIT_OK, ZeroskewError

if TYPE_CHECKING:
    from pipeline.settings import Settings

app = typer.Typer(
    name="zeroskew",
    help="From clean tables to a blessed model that carries its own feature engineering.",
    epilog="Start with: zeroskew run",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Settings file (YAML). Default: the built-in taxi case."),
]
Data = Annotated[
    str | None,
    typer.Option(help="A CSV file, a folder of CSV files, or 'taxi' (built in)."),
]
Output = Annotated[
    Path | None, typer.Option(help="Folder for artifacts, metadata, logs and the served model.")
]
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any setting: --set trainer.epochs=5"),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"zeroskew {__version__}")
        raise typer.Exit


@app.command()
def run(
    config: Config = None,
    data: Data = None,
    output: Output = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the training.")] = None,
    assignments: Assignments = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Run every step again.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON, the last line of stdout.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Run the whole pipeline: data in, blessed model out.

    Steps whose inputs have not changed are not run again. A run that was killed is simply
    started again.

    [bold]Exit codes[/bold]: 0 blessed, 3 not blessed, 4 the data stopped the run, 5 training and
    serving disagree, 2 wrong usage, 1 anything else.

    [bold]Examples[/bold]

      zeroskew run
      zeroskew run --data trips/ --output runs/trips --seed 2
      zeroskew run --config my_case/settings.yaml --set trainer.epochs=10
      zeroskew run --json | tail -1 | python -m json.tool
    """
    from pipeline.run import run as run_pipeline

    settings = _settings(config, data, output, seed, assignments, no_cache)
    summary = run_pipeline(settings, quiet=as_json)
    if as_json:
        typer.echo(summary.to_json())
    raise typer.Exit(EXIT_OK if summary.blessed else EXIT_NOT_BLESSED)


@app.command()
def check(
    config: Config = None,
    data: Data = None,
    assignments: Assignments = None,
    debug: Debug = False,
) -> None:
    """Check features, schema and every row of the data against each other.

    What takes no time of it starts every run.
    """
    from pipeline.run import check_all

    settings = _settings(config, data, None, None, assignments, no_cache=False)
    rows = check_all(settings)
    typer.echo(f"ok: {rows:,} rows fit {settings.schema_file.name} and the features")


@app.command()
def features(
    config: Config = None,
    assignments: Assignments = None,
    debug: Debug = False,
) -> None:
    """Print the feature list as a table (Markdown)."""
    from model.feature_set import load_features
    from model.feature_table import to_markdown

    settings = _settings(config, None, None, None, assignments, no_cache=False)
    typer.echo(to_markdown(load_features(settings.features)))


@app.command()
def infer_schema(
    data: Annotated[str, typer.Argument(help="A CSV file, a folder of CSV files, or 'taxi'.")],
    output: Annotated[Path, typer.Option(help="The schema file to write (.pbtxt).")],
    debug: Debug = False,
) -> None:
    """Write a first schema for new data, for you to read and correct."""
    from data_ingestion.settings import DataSettings
    from data_ingestion.source import locate

    source = locate(DataSettings(path=data))
    _quieten_tensorflow()
    from data_ingestion.schema_inference import infer_schema as infer

    columns = infer(source, output)
    typer.echo(f"wrote {output} with {columns} columns; read it and correct it before you use it")


@app.command()
def predict(
    model: Annotated[Path, typer.Option(help="A SavedModel that a run has pushed.")],
    rows: Annotated[
        Path | None,
        typer.Option(help="A CSV file, or a JSON file with a list of rows. Default: three trips."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Read so many rows at most.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each row.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Ask a served model about raw rows, as a client would."""
    from data_ingestion.settings import DataSettings
    from data_ingestion.source import locate
    from model.predict import predict_rows, read_rows

    if rows is None:
        rows, limit = locate(DataSettings()).files[0], limit or 3
    raw = read_rows(rows, limit)
    _quieten_tensorflow()
    predictions = predict_rows(model, raw)
    for row, prediction in zip(raw, predictions, strict=True):
        if as_json:
            typer.echo(json.dumps(prediction))
        else:
            typer.echo(f"probability {prediction['probability']:.4f}  {_shorten(row)}")


def _quieten_tensorflow() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore")


def _shorten(row: dict[str, Any]) -> str:
    text = ", ".join(f"{name}={value}" for name, value in row.items() if value not in (None, ""))
    return text if len(text) <= 100 else text[:97] + "..."


def _settings(
    config: Path | None,
    data: str | None,
    output: Path | None,
    seed: int | None,
    assignments: list[str] | None,
    no_cache: bool,
) -> "Settings":
    from pipeline.settings import load_settings, parse_assignments

    paths = [] if data is None else [f"data.path={json.dumps(data)}"]
    overrides = parse_assignments([*(assignments or []), *paths])
    chosen = {"output": output, "seed": seed, "cache": False if no_cache else None}
    overrides.update({name: value for name, value in chosen.items() if value is not None})
    return load_settings(config, overrides)


def main() -> None:
    """Runs the command line; errors become a message and an exit code."""
    try:
        app()
    except ZeroskewError as error:
        _report(error.rule, str(error), error.exit_code, type(error).__name__)
    except Exception as error:
        text = f"{type(error).__name__}: {error}\n  do:       run again with --debug, and report it"
        _report(str(error), text, 1, type(error).__name__)


def _report(rule: str, text: str, exit_code: int, kind: str) -> None:
    if "--debug" in sys.argv:
        traceback.print_exc()
    Console(stderr=True).print(
        f"[bold red]error:[/] {escape(text)}", highlight=False, soft_wrap=True
    )
    if "--json" in sys.argv:
        failure = {"type": kind, "rule": rule, "message": text, "exit_code": exit_code}
        typer.echo(json.dumps({"blessed": False, "error": failure}))
    sys.exit(exit_code)
