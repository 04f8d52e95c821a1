"""Every error a user can meet, drawn once.

    ZeroskewError                 exit code
    ├── SettingsError                 2      an option, environment variable or settings file
    ├── WorkspaceError                2      a folder that cannot be read, written or locked
    ├── FeatureError                  2      the feature list does not fit the schema
    ├── DataError                     4      the data cannot be read as the schema says
    │   └── AnomalyError              4      the data was read and stopped by the DataGate
    ├── ParityError                   5      training and serving disagree
    └── StepError                     1      a pipeline step failed for another reason

A run that finishes but does not bless its model is no error: it ends with
`EXIT_NOT_BLESSED` (3), so that a script can tell it from a failure; so is a model that is watched,
and gives alarms (`EXIT_ALARMS`).

Each message follows one grammar: the rule, what is allowed, what was received, what to do.
"""

import difflib
from collections.abc import Iterable

EXIT_OK = 0
EXIT_NOT_BLESSED = 3
EXIT_ALARMS = 3


class ZeroskewError(Exception):
    """A failure the user can act on.

    Usage::

        raise DataError(
            "the data file must exist",
            allowed="a CSV file, or a folder of CSV files",
            received="/data/trips.csv",
            action="check the path given with --data",
        )

    Attributes:
        rule: the rule that was broken, one sentence without a full stop.
        allowed: what would have been accepted.
        received: what was found instead.
        action: what to do next.
        report: the page of the run that it stopped, a file; None if there is none.
    """

    exit_code = 1
    report: str | None = None

    def __init__(
        self,
        rule: str,
        *,
        allowed: str | None = None,
        received: str | None = None,
        action: str | None = None,
    ) -> None:
        self.rule = rule
        self.allowed = allowed
        self.received = received
        self.action = action
        super().__init__(self._message())

    def _message(self) -> str:
        parts = [("allowed", self.allowed), ("received", self.received), ("do", self.action)]
        lines = [f"  {label + ':':<10}{text}" for label, text in parts if text]
        return "\n".join([self.rule, *lines])


class SettingsError(ZeroskewError):
    """An option, environment variable or settings file is wrong."""

    exit_code = 2


class WorkspaceError(ZeroskewError):
    """A folder of the run cannot be read, written or locked."""

    exit_code = 2


class FeatureError(ZeroskewError):
    """The feature list does not fit the schema, or itself.

    Attributes:
        place: the line of the features file that is to be corrected, if that is known.
    """

    exit_code = 2
    place: str | None = None

    def at(self, place: str) -> "FeatureError":
        """Returns the same error with the line to correct; itself, if it names one already."""
        if self.place:
            return self
        received = f"{self.received}, in {place}" if self.received else place
        found = FeatureError(self.rule, allowed=self.allowed, received=received, action=self.action)
        found.place = place
        return found


class DataError(ZeroskewError):
    """The data cannot be read as the schema says."""

    exit_code = 4


class AnomalyError(DataError):
    """The data was read, and breaks schema or rules, or differs too much from other data."""


class ParityError(ZeroskewError):
    """Training and serving compute different numbers from the same row."""

    exit_code = 5


class StepError(ZeroskewError):
    """A pipeline step failed for a reason this project does not know."""


def did_you_mean(name: str, known: Iterable[str], prefix: str = "") -> str | None:
    """Returns ``did you mean 'fare'?`` for the known name nearest to `name`, if one is near.

    Args:
        name: what was given.
        known: what could have been given.
        prefix: what all names begin with, left out of both.
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {prefix + near[0]!r}?" if near else None
