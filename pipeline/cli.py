"""The commands a user types. Each one reads settings, calls one function and prints."""

import json
import sys
import traceback
from importlib.metadata import entry_points
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pipeline import report_commands, schema_commands
from pipeline.doctor import doctor
from pipeline.embed_command import embed
from pipeline.init_command import init
from pipeline.interrupts import Interrupted, interruptible
from pipeline.lineage_command import lineage
from pipeline.logs import quiet as no_noise
from pipeline.monitor_command import monitor
from pipeline.options import (
    AsJson,
    Assignments,
    Config,
    Data,
    Debug,
    NoCache,
    Output,
    Quiet,
    Verbose,
    read_settings,
)
from pipeline.predict_command import predict
from pipeline.search_command import search
from pipeline.serve_command import serve
from zeroskew import __version__
from zeroskew.errors import EXIT_NOT_BLESSED, EXIT_OK, ZeroskewError

app = typer.Typer(
    name="zeroskew",
    help="From clean tables to a blessed model that carries its own feature engineering.",
    epilog="Start with: zeroskew run",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

app.command()(init)
app.add_typer(schema_commands.app, name="schema")
for command in entry_points(group="zeroskew.commands"):
    app.add_typer(command.load(), name=command.name)


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
    no_cache: NoCache = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
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
    from pipeline.voice import Voice

    settings = read_settings(config, data, output, seed, assignments, no_cache=no_cache)
    summary = run_pipeline(settings, voice=Voice(as_json, quiet, verbose))
    if as_json:
        typer.echo(summary.to_json())
    raise typer.Exit(EXIT_OK if summary.blessed else EXIT_NOT_BLESSED)


@app.command()
def ingest(
    config: Config = None,
    data: Data = None,
    output: Output = None,
    assignments: Assignments = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Run the data half of the pipeline: rows in, validated examples out.

    What `run` does up to the DataGate, with the same steps: a later `run` does not repeat them.

    [bold]Exit codes[/bold]: 0 the data has passed, 4 it stopped the run, 2 wrong usage, 1 anything
    else.

    [bold]Examples[/bold]

      zeroskew ingest
      zeroskew ingest --config my_case/settings.yaml --set data.span=2014
      zeroskew ingest --data trips/ --json | tail -1 | python -m json.tool
    """
    from pipeline.run import ingest as ingest_data
    from pipeline.voice import Voice

    settings = read_settings(config, data, output, assignments=assignments, no_cache=no_cache)
    summary = ingest_data(settings, voice=Voice(as_json, quiet, verbose))
    if as_json:
        typer.echo(summary.to_json())


@app.command()
def check(
    config: Config = None,
    data: Data = None,
    assignments: Assignments = None,
    debug: Debug = False,
) -> None:
    """Check settings, features, schema and every row of the data against each other.

    Label and lambdas are computed on the rows, and TensorFlow has a look at the lambdas. A run
    begins with the same, on some rows.
    """
    from pipeline.checks import check as check_settings

    settings = read_settings(config, data, assignments=assignments)
    case = check_settings(settings)
    rows, warnings = case.check_all_rows()
    with Console().status("TensorFlow has a look at the lambdas ..."), no_noise():
        case.trace()
    for warning in warnings:
        typer.echo(f"warning: {warning}")
    typer.echo(f"ok: {rows:,} rows fit {settings.schema_file.name} and the features")


@app.command()
def features(
    config: Config = None,
    assignments: Assignments = None,
    debug: Debug = False,
) -> None:
    """Print the feature list as a table (Markdown)."""
    from model.feature_engineering.feature_set import load_features
    from model.feature_engineering.feature_table import to_markdown

    settings = read_settings(config, assignments=assignments)
    typer.echo(to_markdown(load_features(settings.features)))


app.command()(predict)
app.command()(embed)
app.command()(search)
app.command()(serve)
app.command()(monitor)
report_commands.add_to(app)
app.command()(lineage)


app.command()(doctor)


def main() -> None:
    """Runs the command line; errors become a message and an exit code."""
    try:
        with interruptible():
            app()
    except Interrupted as end:
        typer.echo(end.sentence, err=True)
        sys.exit(end.exit_code)
    except ZeroskewError as error:
        _report(error.rule, str(error), error.exit_code, type(error).__name__, error.report)
    except Exception as error:
        text = f"{type(error).__name__}: {error}\n  do:       run again with --debug, and report it"
        _report(str(error), text, 1, type(error).__name__)


def _report(rule: str, text: str, exit_code: int, kind: str, page: str | None = None) -> None:
    if "--debug" in sys.argv:
        traceback.print_exc()
    Console(stderr=True).print(
        f"[bold red]error:[/] {escape(text)}", highlight=False, soft_wrap=True
    )
    if "--json" in sys.argv:
        failure = {"type": kind, "rule": rule, "message": text, "exit_code": exit_code}
        written = {"report_path": page} if page else {}
        typer.echo(json.dumps({"blessed": False, "error": failure, **written}))
    sys.exit(exit_code)
