"""`zeroskew predict`: a model's answers to raw rows, on the terminal or in a file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from pipeline.logs import quiet as no_noise
from pipeline.moving_line import MovingLine
from pipeline.options import (
    Assignments,
    Config,
    Debug,
    Delimiter,
    Encoding,
    Limit,
    PushedModel,
    Quiet,
    read_settings,
)
from pipeline.voice import Voice
from zeroskew.errors import SettingsError

if TYPE_CHECKING:
    from pipeline.answered_rows import Outcome
    from pipeline.rows_to_predict import RowsFile
    from pipeline.settings import Settings

_SHOWN_UNASKED = 3


def predict(
    model: PushedModel = None,
    rows: Annotated[
        str | None,
        typer.Option(
            help="A data file, a folder of them, a pattern, a database, or a JSON file with a list "
            "of rows. Default: the data of --config; three of its rows without --output."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write a line for each row to this .parquet or .csv file.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A column of the rows that the file gets, too; may be repeated."),
    ] = None,
    limit: Limit = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    config: Config = None,
    assignments: Assignments = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON object for each row, or for the whole file."),
    ] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Ask a served model about raw rows, as a client would.

    With --output each row becomes a line of a file. The file is there whole or not at all; rows
    that cannot be read are kept beside it, and are an error if they are more than
    data.allowed_rejected lets be.

    [bold]Examples[/bold]

      zeroskew predict
      zeroskew predict --rows trips.csv --limit 5 --json
      zeroskew predict --rows 'trips/*.parquet' --key trip_id --output predictions.parquet
      zeroskew predict --config my_case/settings.yaml --output predictions.csv
    """
    from pipeline.rows_to_predict import RowsFile, rows_settings
    from pipeline.served_models import newest_model

    settings = read_settings(config, assignments=assignments)
    written = {"delimiter": delimiter, "encoding": encoding}
    if output is None:
        _refuse_keys(key)
        file = RowsFile(rows_settings(settings.data, rows, written))
        shown = limit or (None if rows else _SHOWN_UNASKED)
        folder = model or newest_model(settings.output)
        _print_answers(folder, file, shown, as_json)
        return
    from model.serving.batch.files import check_format

    check_format(output)
    file = RowsFile(rows_settings(settings.data, rows, written))
    folder, voice = model or newest_model(settings.output), Voice(as_json, quiet)
    _write_answers(folder, file, output, key or [], limit, settings, voice)


def _refuse_keys(keys: list[str] | None) -> None:
    if keys:
        raise SettingsError(
            "--key names a column that stands in the file of predictions",
            received=f"--key {keys[0]} without --output",
            action="add --output, or leave out --key",
        )


def _print_answers(folder: Path, file: "RowsFile", limit: int | None, as_json: bool) -> None:
    from model.serving.predict import predict_with
    from model.serving.raw_columns import columns_taken, open_model, types_of

    with no_noise():
        saved = open_model(folder)
        types = types_of(folder, saved)
        lists = [column.name for column in columns_taken(saved) if column.length != 1]
    for remark in file.remarks(types):
        typer.echo(remark, err=True)
    raw = file.read(types, limit, lists)
    with no_noise():
        predictions = predict_with(saved, raw)
    for row, prediction in zip(raw, predictions, strict=True):
        if as_json:
            typer.echo(json.dumps(prediction))
        else:
            typer.echo(f"{_one_line(prediction)}  {_shorten(row)}")


def _one_line(prediction: dict[str, Any]) -> str:
    """Returns what a model says of a row, but for lists and logits."""
    return ", ".join(
        f"{name} {value:.4f}" if isinstance(value, float) else f"{name} {value}"
        for name, value in prediction.items()
        if name != "logit" and not isinstance(value, list)
    )


def _shorten(row: dict[str, Any]) -> str:
    text = ", ".join(f"{name}={value}" for name, value in row.items() if value not in (None, ""))
    return text if len(text) <= 100 else text[:97] + "..."


def _write_answers(
    folder: Path,
    file: "RowsFile",
    output: Path,
    keys: list[str],
    limit: int | None,
    settings: "Settings",
    voice: Voice,
) -> None:
    kinds = file.key_types(keys)
    console = voice.plain_console()
    with console.status("loading TensorFlow and the model ..."), no_noise():
        from model.serving.batch.predictor import Predictor
        from pipeline.batch_prediction import predict_to_file

        predictor = Predictor(folder, keys)
    for remark in file.remarks(predictor.types, keys):
        console.print(remark, highlight=False, soft_wrap=True, markup=False)
    with MovingLine(console, escape(output.name)):
        outcome = predict_to_file(
            file.source,
            {**kinds, **predictor.types},
            predictor,
            output,
            allowed_rejected=settings.data.allowed_rejected,
            limit=limit,
        )
    for line in _summary(outcome, output, folder):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    if voice.as_json:
        typer.echo(json.dumps(_as_json(outcome, output, folder)))


def _summary(outcome: "Outcome", output: Path, model: Path) -> Iterator[str]:
    from pipeline.answered_rows import say_rejected

    speed = f"{outcome.seconds:.1f} s, {outcome.rows_per_second:,} rows/s"
    yield f"{outcome.rows:,} rows answered by {model} in {speed}"
    yield f"predictions  {output}"
    yield from say_rejected(outcome, output)


def _as_json(outcome: "Outcome", output: Path, model: Path) -> dict[str, Any]:
    from pipeline.answered_rows import rejected_file

    return {
        "predictions": str(output),
        "rows": outcome.rows,
        "rejected": outcome.rejected,
        "rejected_rows": str(rejected_file(output)) if outcome.rejected else None,
        "seconds": round(outcome.seconds, 3),
        "rows_per_second": outcome.rows_per_second,
        "model": str(model),
    }
