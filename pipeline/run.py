"""One run, from the checks that take a second to the summary."""

import contextlib
import gc
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf.text_format import ParseError
from rich.console import Console

from data_ingestion.settings import BUILT_IN
from data_ingestion.source import Source, check_columns, check_rows, locate
from model.columns import columns_of
from model.feature_set import load_features
from pipeline.logs import libraries_log_to, new_log_file
from pipeline.settings import Settings
from zeroskew.errors import SettingsError, StepError
from zeroskew.files import ensure_writable, exclusive
from zeroskew.schema import read_schema

if TYPE_CHECKING:
    from pipeline.summary import Summary


def check(settings: Settings) -> Source:
    """Checks features, schema and the columns of the data against each other, without TensorFlow.

    Returns:
        The data.

    Raises:
        ZeroskewError: something does not fit.
    """
    schema = _schema(settings.schema_file)
    columns = columns_of(schema)
    features = load_features(settings.features)
    features.check(columns)
    for name in settings.slices:
        if name not in columns:
            raise SettingsError(
                "a slice must be a column of the schema",
                allowed=", ".join(columns),
                received=repr(name),
            )
    source = locate(settings.data)
    check_columns(source, schema, features.columns_needed)
    return source


def check_all(settings: Settings) -> int:
    """Does what `check` does, and reads every row.

    Returns:
        The number of rows.

    Raises:
        ZeroskewError: something does not fit.
    """
    return check_rows(check(settings), _schema(settings.schema_file))


def run(settings: Settings, *, quiet: bool = False) -> "Summary":
    """Runs the whole pipeline.

    Args:
        settings: where and how much.
        quiet: shows progress on standard error, so that standard output stays clean.

    Raises:
        ZeroskewError: the run stopped; its message says why.
    """
    output = settings.output.resolve()
    ensure_writable(output, "output folder")
    ensure_writable(output / "serving", "serving folder")
    check(settings)
    with exclusive(output), _console(output, quiet) as (console, log):
        return _run_steps(settings, console, log)


def _run_steps(settings: Settings, console: Console, log: Path) -> "Summary":
    with console.status("starting TensorFlow and TFX ..."), _no_garbage():
        from pipeline.console import Progress
        from pipeline.dag import Workspace, create_pipeline
        from pipeline.runner import LocalRunner
        from pipeline.summary import show, summarise

        progress = Progress(console)
        pipeline = create_pipeline(settings)
    try:
        LocalRunner(progress).run(pipeline)
    except StepError as error:
        logging.exception("the run failed")
        raise StepError(
            error.rule, received=error.received, action=f"read {log}, or run again with --debug"
        ) from error
    workspace = Workspace(settings.output.resolve())
    summary = summarise(progress, workspace, str(log), _own_file(settings))
    show(summary, console)
    return summary


@contextlib.contextmanager
def _no_garbage() -> Iterator[None]:
    """Stops the garbage collector during imports: it takes seconds, and what they make stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def _console(output: Path, quiet: bool) -> Iterator[tuple[Console, Path]]:
    log = new_log_file(output / "logs")
    with libraries_log_to(log) as (stdout, stderr):
        yield Console(file=stderr if quiet else stdout), log


def _own_file(settings: Settings) -> Path | None:
    files = () if settings.data.path == BUILT_IN else locate(settings.data).files
    return files[-1] if files else None


def _schema(file: Path) -> Any:
    try:
        return read_schema(file)
    except (OSError, ValueError, ParseError) as error:
        raise SettingsError(
            "the schema must be a file that can be read",
            allowed="a tensorflow_metadata Schema in text form (.pbtxt)",
            received=f"{file}: {' '.join(str(error).split())}",
            action="infer a first one: zeroskew infer-schema DATA --output FILE",
        ) from error
