"""What is kept of a run when it ends, well or not: its record and its page."""

import datetime
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.interrupts import Interrupted
from pipeline.report.early import write_early_page
from pipeline.report.page import write_page
from pipeline.report.record import Stop
from pipeline.report.recording import record_of
from pipeline.report.runs import read_last
from pipeline.report.store import contexts_of, open_store
from zeroskew.errors import WorkspaceError, ZeroskewError

if TYPE_CHECKING:
    from pipeline.console import Progress
    from pipeline.settings import Settings

logger = logging.getLogger("zeroskew")


def end_run(
    output: Path,
    settings: "Settings",
    progress: "Progress",
    log: Path,
    *,
    next_command: str = "",
    error: ZeroskewError | Interrupted | None = None,
) -> Path | None:
    """Keeps the record of a run in ML Metadata, and writes its page.

    A page that cannot be written is no reason to call a run failed; the log says why.

    Args:
        output: the output folder.
        settings: of the run.
        progress: what the steps have told.
        log: what the libraries printed.
        next_command: to type next, if the run knows one.
        error: what stopped it; None if it came to its end.

    Returns:
        The page; None if it could not be written.
    """
    ended = datetime.datetime.now().astimezone()
    started = ended - datetime.timedelta(seconds=progress.elapsed)
    stop = Stop.of(error, progress.failed_step) if error else None
    outputs = {step: execution.outputs for step, execution in progress.executions.items()}
    record = record_of(
        outputs,
        settings.model_dump(mode="json"),
        started,
        stop,
        seconds=progress.seconds,
        peak_bytes=progress.peak_bytes,
        total_seconds=round(progress.elapsed, 3),
        log=str(log),
        next=next_command,
    )
    try:
        if stop and not _has_begun(output, started):
            known = {"log": record.log, "total_seconds": record.total_seconds}
            return write_early_page(output, record.settings, started, stop, **known)
        store = open_store(output)
        record.write_to(store, contexts_of(store)[0])
        return write_page(read_last(output), output)
    except Exception:
        logger.exception("the page of the run could not be written")
        return None


def _has_begun(output: Path, started: datetime.datetime) -> bool:
    """Says whether ML Metadata knows of the run, which it does since its first step."""
    try:
        latest = contexts_of(open_store(output))[0]
    except WorkspaceError:
        return False
    milliseconds: int = latest.create_time_since_epoch
    return milliseconds >= started.timestamp() * 1000
