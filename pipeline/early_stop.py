"""A run that stops before its first step has a page, too."""

import contextlib
import datetime
import logging
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from pipeline.interrupts import Interrupted
from pipeline.settings import Settings
from zeroskew.errors import WorkspaceError, ZeroskewError
from zeroskew.files import exclusive

logger = logging.getLogger("zeroskew")


@contextlib.contextmanager
def page_of_early_stop(
    settings: Settings, console: Console, log: Path | None = None
) -> Iterator[None]:
    """Writes the page of what stops here, and says where it is.

    Args:
        settings: of the run.
        console: where to say it.
        log: what the libraries print, where this run holds its output folder; None if it does not.
    """
    started = datetime.datetime.now().astimezone()
    try:
        yield
    except (Exception, Interrupted) as error:
        page = _write(settings, started, error, log)
        if page:
            console.print(f"report     {page}", highlight=False, soft_wrap=True, markup=False)
            if isinstance(error, ZeroskewError):
                error.report = str(page)
        raise


def _write(
    settings: Settings, started: datetime.datetime, error: BaseException, log: Path | None
) -> Path | None:
    from pipeline.report.early import write_early_page
    from pipeline.report.record import Stop

    output = settings.output.resolve()
    try:
        with contextlib.nullcontext() if log else exclusive(output):
            return write_early_page(
                output,
                settings.model_dump(mode="json"),
                started,
                Stop.of(error),
                log=str(log or ""),
            )
    except WorkspaceError:
        # Another run is at work there: the page will be that one's.
        return None
    except Exception:
        logger.exception("the page of the run could not be written")
        return None
