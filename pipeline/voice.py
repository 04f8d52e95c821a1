"""How much a command says while it runs, and where."""

import contextlib
import dataclasses
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from pipeline.logs import libraries_log_to
from zeroskew.errors import SettingsError


@dataclasses.dataclass(frozen=True)
class Voice:
    """What a person hears of a run.

    Attributes:
        as_json: progress goes to standard error, so that standard output stays clean.
        quiet: nothing but errors.
        verbose: the log, too, on standard error.

    Raises:
        SettingsError: it is to be quiet and verbose.
    """

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    def __post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise SettingsError(
                "a run is quiet or verbose",
                received="--quiet and --verbose",
                action="leave out one of them",
            )

    def plain_console(self) -> Console:
        """Returns what to print on before libraries have anything to say."""
        return Console(file=sys.stderr if self.as_json else sys.stdout, quiet=self.quiet)

    @contextlib.contextmanager
    def console(self, log: Path) -> Iterator[Console]:
        """Sends what libraries print into the log; what is printed on the console is shown."""
        with libraries_log_to(log) as (stdout, stderr):
            handler = logging.StreamHandler(stderr) if self.verbose else logging.NullHandler()
            handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
            logging.getLogger().addHandler(handler)
            try:
                yield Console(file=stderr if self.as_json else stdout, quiet=self.quiet)
            finally:
                logging.getLogger().removeHandler(handler)


SPOKEN = Voice()
"""Progress and summary on standard output."""
