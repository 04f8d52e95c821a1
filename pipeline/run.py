"""One run, from the checks that take a second to the summary."""

import contextlib
import dataclasses
import gc
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from data_ingestion.readers.source import Source, check_columns, locate
from data_ingestion.settings import BUILT_IN
from pipeline.beam import check_job_server
from pipeline.checks import Checked, check, read_schema_of
from pipeline.early_stop import page_of_early_stop
from pipeline.interrupts import Interrupted, restartable
from pipeline.logs import new_log_file
from pipeline.settings import SERVING, Settings
from pipeline.temporary import own_temporary_folder
from pipeline.voice import SPOKEN, Voice
from zeroskew.errors import StepError, ZeroskewError
from zeroskew.files import ensure_writable, exclusive
from zeroskew.source_code.sources import read_once

if TYPE_CHECKING:
    from pipeline.console import Progress
    from pipeline.data_summary import DataSummary
    from pipeline.ended import Ended
    from pipeline.summary import Summary


@restartable()
@read_once()
def run(settings: Settings, *, voice: Voice = SPOKEN) -> "Summary":
    """Runs the whole pipeline.

    Args:
        settings: where and how much.
        voice: how much it says, and where.

    Raises:
        ZeroskewError: the run stopped; its message says why.
    """
    output = settings.output.resolve()
    ensure_writable(output, "output folder")
    ensure_writable(output / SERVING, "serving folder")
    with page_of_early_stop(settings, voice.plain_console()):
        case = check(settings)
        case.check_first_rows()
    with _running(settings, output, voice, case) as (console, progress, ended):
        from pipeline.report.ending import end_run
        from pipeline.summary import show, summarise

        summary = summarise(progress, ended, _own_file(settings))
        command = summary.predict_command
        page = end_run(output, settings, progress, Path(ended.log), next_command=command)
        summary = dataclasses.replace(summary, report=page)
        show(summary, console)
        return summary


@restartable()
def ingest(settings: Settings, *, voice: Voice = SPOKEN) -> "DataSummary":
    """Runs the data half of the pipeline: rows in, validated examples out.

    Args:
        settings: where and how much.
        voice: how much it says, and where.

    Raises:
        ZeroskewError: the run stopped; its message says why.
    """
    output = settings.output.resolve()
    ensure_writable(output, "output folder")
    with page_of_early_stop(settings, voice.plain_console()):
        check_columns(locate(settings.data), read_schema_of(settings), ())
    with _running(settings, output, voice) as (console, progress, ended):
        from pipeline.data_summary import show, summarise
        from pipeline.report.ending import end_run

        page = end_run(output, settings, progress, Path(ended.log))
        summary = dataclasses.replace(summarise(progress, ended), page=page)
        show(summary, console)
        return summary


@contextlib.contextmanager
def _running(
    settings: Settings, output: Path, voice: Voice, case: Checked | None = None
) -> Iterator[tuple[Console, "Progress", "Ended"]]:
    """Runs all steps, and holds output folder and console until the summary is shown.

    Without features that were checked, the data half.
    """
    log = new_log_file(output / "logs")
    with exclusive(output), own_temporary_folder(), voice.console(log) as console:
        progress = _run_steps(settings, output, console, log, case)
        from pipeline.ended import Ended
        from pipeline.places import Workspace

        yield console, progress, Ended.of(progress, Workspace(output), str(log))


def _run_steps(
    settings: Settings, output: Path, console: Console, log: Path, case: Checked | None
) -> "Progress":
    with page_of_early_stop(settings, console, log):
        check_job_server(settings.beam)
        with console.status("starting TensorFlow and TFX ..."), _no_garbage():
            from pipeline.console import Progress
            from pipeline.dag import create_pipeline
            from pipeline.runner import LocalRunner

            progress = Progress(console)
            pipeline = create_pipeline(settings, only_data=case is None)
            if case:
                case.trace()
    try:
        LocalRunner(progress).run(pipeline)
    except (ZeroskewError, Interrupted) as error:
        stop = _say_where_to_read(error, log) if type(error) is StepError else error
        _write_page_of_stop(settings, output, console, log, progress, stop)
        raise stop from stop.__cause__
    return progress


def _say_where_to_read(error: StepError, log: Path) -> StepError:
    logging.exception("the run failed")
    action = f"read {log}, or run again with --debug"
    found = StepError(error.rule, received=error.received, action=action)
    found.__cause__ = error
    return found


def _write_page_of_stop(
    settings: Settings,
    output: Path,
    console: Console,
    log: Path,
    progress: "Progress",
    error: ZeroskewError | Interrupted,
) -> None:
    from pipeline.report.ending import end_run

    page = end_run(output, settings, progress, log, error=error)
    if page:
        if isinstance(error, ZeroskewError):
            error.report = str(page)
        console.print(f"report     {page}", highlight=False, soft_wrap=True, markup=False)


@contextlib.contextmanager
def _no_garbage() -> Iterator[None]:
    """Stops the garbage collector during imports: it takes seconds, and what they make stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _own_file(settings: Settings) -> Path | None:
    source = Source({}) if settings.data.path == BUILT_IN else locate(settings.data)
    with_rows = [*source.column_names()] if source.files else []
    return Path(with_rows[-1]) if with_rows else None
