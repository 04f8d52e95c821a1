"""What is kept of a run when it ends, well or not: its record and its page."""

import datetime
import logging
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from model.feature_engineering.labels import METRICS
from pipeline import produced
from pipeline.report.page import write_page
from pipeline.report.record import RunRecord, Stop
from pipeline.report.runs import read_last
from pipeline.report.store import contexts_of, open_store
from zeroskew import __version__
from zeroskew.errors import ZeroskewError

if TYPE_CHECKING:
    from pipeline.console import Progress
    from pipeline.settings import Settings

_PACKAGES = ("tfx", "tensorflow", "tensorflow-transform", "tensorflow-model-analysis", "keras")

logger = logging.getLogger("zeroskew")


def end_run(
    output: Path,
    settings: "Settings",
    progress: "Progress",
    log: Path,
    *,
    next_command: str = "",
    error: ZeroskewError | None = None,
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
    stop = (
        Stop(progress.failed_step, type(error).__name__, str(error), error.exit_code)
        if error
        else None
    )
    outputs = {step: execution.outputs for step, execution in progress.executions.items()}
    record = RunRecord(
        started=started.isoformat(timespec="seconds"),
        seconds=progress.seconds,
        peak_bytes=progress.peak_bytes,
        total_seconds=round(progress.elapsed, 3),
        verdict=_verdict(outputs, stop),
        rows=produced.split_rows(outputs["StatisticsGen"]) if "StatisticsGen" in outputs else {},
        metrics=_metrics(outputs["Evaluator"]) if "Evaluator" in outputs else {},
        settings=settings.model_dump(mode="json"),
        versions=_versions(),
        log=str(log),
        next=next_command,
        stop=stop,
    )
    try:
        store = open_store(output)
        latest = contexts_of(store)[0]
        # A run that ended before its first step has no context, and no page.
        if latest.create_time_since_epoch < started.timestamp() * 1000:
            return None
        record.write_to(store, latest)
        return write_page(read_last(output))
    except Exception:
        logger.exception("the page of the run could not be written")
        return None


def _verdict(outputs: Mapping[str, produced.Outputs], stop: Stop | None) -> str:
    if stop:
        return f"stopped in {stop.step}" if stop.step else "stopped"
    if "ModelGate" not in outputs:
        return "data passed"
    return "blessed" if produced.verdict(outputs["ModelGate"])["blessed"] else "not blessed"


def _metrics(outputs: produced.Outputs) -> dict[str, float]:
    measured = produced.metrics(outputs)[0].metrics
    return {name: measured[name] for name in METRICS if name in measured}


def _versions() -> dict[str, str]:
    found = {"zeroskew": __version__, "Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
