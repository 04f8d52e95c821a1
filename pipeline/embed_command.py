"""`zeroskew embed`: the vectors of raw rows, in a file."""

import json
from collections.abc import Iterator, Sequence
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
    from model.embeddings.embedder import Embedder
    from pipeline.answered_rows import Outcome
    from pipeline.settings import Settings


def embed(
    output: Annotated[
        Path, typer.Option(help="Write a line with a vector for each row to this .parquet file.")
    ],
    key: Annotated[
        str | None,
        typer.Option(help="The column that names a row. Default: embeddings.key of --config."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="Another column that the file gets; may be repeated. Default, without --key: "
            "embeddings.columns of --config."
        ),
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(
            help="A data file, a folder of them, a pattern, or a database. Default: the data of "
            "--config."
        ),
    ] = None,
    numpy: Annotated[
        bool,
        typer.Option("--numpy", help="Write vectors and keys as .npy files, too, beside it."),
    ] = False,
    model: PushedModel = None,
    limit: Limit = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    config: Config = None,
    assignments: Assignments = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was done as JSON, the last line of stdout.")
    ] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Make the vectors of raw rows, with a model whose feature list declares an Embedding.

    The file has key, columns, `vector` (float32, as many as the model says), `model_version` and
    `vector_fingerprint`: only vectors that share it can be compared. It is there whole or not at
    all. A command that was stopped or killed is started again, and goes on where it was, if model
    and files are the same; of a database it starts anew. Rows that cannot be read are kept beside
    the file, and are an error if they are more than data.allowed_rejected lets be.

    [bold]Examples[/bold]

      zeroskew embed --config my_case/settings.yaml --output vectors.parquet
      zeroskew embed --config my_case/settings.yaml --rows docs.csv --key doc_id --column title \
--output vectors.parquet --numpy
      zeroskew embed --model runs/docs/serving/1795988882 --rows 'docs/*.parquet' --key doc_id \
--output vectors.parquet --json
    """
    with no_noise():
        from pipeline.embed_rows import check_output
        from pipeline.rows_to_predict import RowsFile, rows_settings
        from pipeline.served_models import newest_model

    check_output(output)
    settings = read_settings(config, assignments=assignments)
    key, columns = _named(key, column, settings)
    written = {"delimiter": delimiter, "encoding": encoding}
    data = rows_settings(settings.data, rows, written)
    file = RowsFile(data)
    others = [name for name in dict.fromkeys(columns) if name != key]
    kinds = {**file.key_types([key]), **file.key_types(others, "--column")}
    folder, voice = model or newest_model(settings.output), Voice(as_json, quiet)
    console = voice.plain_console()
    with console.status("loading TensorFlow and the model ..."), no_noise():
        from model.embeddings.embedder import Embedder
        from pipeline.embed_rows import check_columns_read, embed_to_file, identity_of

        embedder = Embedder(folder, [*kinds])
    check_columns_read(file.source, embedder)
    for remark in file.remarks(embedder.types, [*kinds]):
        console.print(remark, highlight=False, soft_wrap=True, markup=False)
    options = {"columns": [*kinds], "limit": limit, "csv": data.csv.model_dump_json()}
    with MovingLine(console, escape(output.name)):
        outcome = embed_to_file(
            file.source,
            {**kinds, **embedder.types},
            embedder,
            output,
            identity_of(embedder, file.source, options),
            key=key if numpy else None,
            allowed_rejected=settings.data.allowed_rejected,
            limit=limit,
        )
    for line in _summary(outcome, output, folder, embedder, numpy):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    if as_json:
        typer.echo(json.dumps(_as_json(outcome, output, folder, embedder, numpy)))


def _named(
    key: str | None, columns: Sequence[str] | None, settings: "Settings"
) -> tuple[str, Sequence[str]]:
    """Returns the column that names a row, and those that stand beside it."""
    if key is not None:
        return key, columns or ()
    if settings.embeddings is None:
        raise SettingsError(
            "a vector stands beside the key of its row",
            allowed="--key with a column of the rows, or embeddings.key in the settings",
            received="neither",
            action="add --key",
        )
    return settings.embeddings.key, columns or settings.embeddings.columns


def _summary(
    outcome: "Outcome", output: Path, model: Path, embedder: "Embedder", numpy: bool
) -> Iterator[str]:
    from pipeline.answered_rows import say_rejected
    from pipeline.embed_rows import numpy_files

    speed = f"{outcome.seconds:.1f} s, {outcome.rows_per_second:,} rows/s"
    yield f"{outcome.rows:,} rows embedded by {model} in {speed}"
    if outcome.taken_over:
        yield f"went on      after {outcome.taken_over:,} rows, which had been read before"
    space = embedder.space
    yield f"vectors      {output}: {space.dimension} numbers, fingerprint {space.fingerprint}"
    if numpy:
        vectors, keys = numpy_files(output)
        yield f"NumPy        {vectors}, {keys}"
    yield from say_rejected(outcome, output)


def _as_json(
    outcome: "Outcome", output: Path, model: Path, embedder: "Embedder", numpy: bool
) -> dict[str, Any]:
    from pipeline.answered_rows import rejected_file
    from pipeline.embed_rows import numpy_files

    return {
        "vectors": str(output),
        "numpy": [str(file) for file in numpy_files(output)] if numpy else [],
        "rows": outcome.rows,
        "taken_over": outcome.taken_over,
        "rejected": outcome.rejected,
        "rejected_rows": str(rejected_file(output)) if outcome.rejected else None,
        "seconds": round(outcome.seconds, 3),
        "rows_per_second": outcome.rows_per_second,
        "model": str(model),
        "model_version": embedder.version,
        "dimension": embedder.space.dimension,
        "vector_fingerprint": embedder.space.fingerprint,
    }
