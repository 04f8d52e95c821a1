"""One run, from the checks that take a second to the summary."""

import contextlib
import gc
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf.text_format import ParseError
from rich.console import Console

from data_ingestion.readers.source import Source, check_columns, check_rows, locate
from data_ingestion.settings import BUILT_IN
from model.feature_engineering.columns import columns_of
from model.feature_engineering.feature_set import FeatureSet, load_features
from model.slice_settings import check_bounded, check_slices, parse_slices
from pipeline.beam import check_job_server
from pipeline.logs import libraries_log_to, new_log_file
from pipeline.settings import Settings
from zeroskew.errors import SettingsError, StepError
from zeroskew.files import ensure_writable, exclusive
from zeroskew.schema import read_schema
from zeroskew.source_code.sources import read_once

if TYPE_CHECKING:
    from pipeline.console import Progress
    from pipeline.data_summary import DataSummary
    from pipeline.ended import Ended
    from pipeline.summary import Summary


def check(settings: Settings) -> Source:
    """Checks features, schema and the columns of the data against each other, without TensorFlow.

    Returns:
        The data.

    Raises:
        ZeroskewError: something does not fit.
    """
    schema = read_schema_of(settings)
    features = check_features(settings, schema)
    source = locate(settings.data)
    check_columns(source, schema, features.columns_needed)
    return source


def check_features(settings: Settings, schema: Any) -> FeatureSet:
    """Checks features, slices and schema against each other; the data may be elsewhere.

    Returns:
        The features.

    Raises:
        ZeroskewError: something does not fit.
    """
    columns = columns_of(schema)
    features = load_features(settings.features)
    features.check(columns)
    settings.gate.check(features.label)
    slices = parse_slices(settings.slices)
    check_slices(slices, columns)
    check_bounded(settings.gate.slices, slices)
    return features


def check_all(settings: Settings) -> int:
    """Does what `check` does, and reads every row.

    Returns:
        The number of rows.

    Raises:
        ZeroskewError: something does not fit.
    """
    return check_rows(check(settings), read_schema_of(settings))


@read_once()
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
    with _running(settings, output, quiet, only_data=False) as (console, progress, ended):
        from pipeline.summary import show, summarise

        summary = summarise(progress, ended, _own_file(settings))
        show(summary, console)
        return summary


def ingest(settings: Settings, *, quiet: bool = False) -> "DataSummary":
    """Runs the data half of the pipeline: rows in, validated examples out.

    Args:
        settings: where and how much.
        quiet: shows progress on standard error, so that standard output stays clean.

    Raises:
        ZeroskewError: the run stopped; its message says why.
    """
    output = settings.output.resolve()
    ensure_writable(output, "output folder")
    check_columns(locate(settings.data), read_schema_of(settings), ())
    with _running(settings, output, quiet, only_data=True) as (console, progress, ended):
        from pipeline.data_summary import show, summarise

        summary = summarise(progress, ended)
        show(summary, console)
        return summary


@contextlib.contextmanager
def _running(
    settings: Settings, output: Path, quiet: bool, *, only_data: bool
) -> Iterator[tuple[Console, "Progress", "Ended"]]:
    """Runs all steps, and holds output folder and console until the summary is shown."""
    with exclusive(output), _console(output, quiet) as (console, log):
        progress = _run_steps(settings, console, log, only_data=only_data)
        from pipeline.ended import Ended
        from pipeline.places import Workspace

        yield console, progress, Ended.of(progress, Workspace(output), str(log))


def _run_steps(settings: Settings, console: Console, log: Path, *, only_data: bool) -> "Progress":
    check_job_server(settings.beam)
    with console.status("starting TensorFlow and TFX ..."), _no_garbage():
        from pipeline.console import Progress
        from pipeline.dag import create_pipeline
        from pipeline.runner import LocalRunner

        progress = Progress(console)
        pipeline = create_pipeline(settings, only_data=only_data)
    try:
        LocalRunner(progress).run(pipeline)
    except StepError as error:
        logging.exception("the run failed")
        raise StepError(
            error.rule, received=error.received, action=f"read {log}, or run again with --debug"
        ) from error
    return progress


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
    source = Source({}) if settings.data.path == BUILT_IN else locate(settings.data)
    with_rows = [*source.column_names()] if source.files else []
    return Path(with_rows[-1]) if with_rows else None


def read_schema_of(settings: Settings) -> Any:
    """Reads the curated schema that the settings name.

    Raises:
        SettingsError: it cannot be read.
    """
    file = settings.schema_file
    try:
        return read_schema(file)
    except (OSError, ValueError, ParseError) as error:
        raise SettingsError(
            "the schema must be a file that can be read",
            allowed="a tensorflow_metadata Schema in text form (.pbtxt)",
            received=f"{file}: {' '.join(str(error).split())}",
            action="infer a first one: zeroskew schema infer DATA --output FILE",
        ) from error
