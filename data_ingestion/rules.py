"""What rows and data must keep beyond the schema: a YAML file, reviewed like code.

::

    rows:
      - name: fares are not negative
        sql: fare >= 0
      - name: trips last less than a day
        sql: trip_seconds < 86400
        severity: warning
    data:
      - unique: [trip_id]
      - min_rows: 10000
      - fresh: trip_start_timestamp
        within_days: 7
      - every: dropoff_community_area
        is_in: pickup_community_area
        severity: warning

A row that breaks an error rule is rejected; a data rule that is broken stops the run. What breaks
a warning rule is counted and shown.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_ingestion.row_rules import Predicate
from zeroskew.errors import SettingsError, did_you_mean

Severity = Literal["error", "warning"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RowRule(_Model):
    """A condition on each row; see `row_rules`."""

    name: str
    sql: str
    severity: Severity = "error"

    @property
    def predicate(self) -> Predicate:
        """The condition, as it is evaluated."""
        return Predicate(self.name, self.sql, rejects=self.severity == "error")


class Unique(_Model):
    """No two rows have the same values in these columns; rows that lack one do not count."""

    unique: Annotated[tuple[str, ...], Field(min_length=1)]
    severity: Severity = "error"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the rule is about."""
        return self.unique

    def __str__(self) -> str:
        return f"{', '.join(self.unique)} is unique"


class MinRows(_Model):
    """There are at least so many rows."""

    min_rows: Annotated[int, Field(ge=1)]
    severity: Severity = "error"
    columns: tuple[()] = ()

    def __str__(self) -> str:
        return f"at least {self.min_rows:,} rows"


class Fresh(_Model):
    """The latest row is not older; the column holds seconds since 1970, or ISO 8601 text."""

    fresh: str
    within_days: Annotated[float, Field(gt=0)]
    severity: Severity = "error"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the rule is about."""
        return (self.fresh,)

    def __str__(self) -> str:
        return f"{self.fresh} reaches within {self.within_days:g} days of now"


class References(_Model):
    """Each value of one column is a value of another one, in some row."""

    every: str
    is_in: str
    severity: Severity = "error"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the rule is about."""
        return (self.every, self.is_in)

    def __str__(self) -> str:
        return f"every {self.every} is in {self.is_in}"


DataRule = Unique | MinRows | Fresh | References


class Rules(_Model):
    """All rules of a data set."""

    rows: tuple[RowRule, ...] = ()
    data: tuple[DataRule, ...] = ()


def load_rules(file: Path | None, columns: Any) -> Rules:
    """Reads a rules file; no file, no rules.

    Args:
        file: the YAML file.
        columns: names of the columns that rules may be about.

    Raises:
        SettingsError: it cannot be read, or a rule is not one.
    """
    if file is None:
        return Rules()
    try:
        rules = Rules.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise SettingsError(
            "the rules file must hold rules",
            allowed="`rows`, each with name and sql, and `data`: unique, min_rows, fresh or every",
            received=f"{file}: {_first_line(error)}",
            action="see data_ingestion/rules.py for an example",
        ) from error
    for rule in rules.data:
        for name in rule.columns:
            if name not in columns:
                raise SettingsError(
                    "a rule must be about columns of the schema",
                    allowed=", ".join(columns),
                    received=f"{name} in {file}: {rule}",
                    action=did_you_mean(name, columns) or "correct the rule, or the schema",
                )
    return rules


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{place}: {first['msg']}"
    return " ".join(str(error).split())
