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
    allow:
      - column: payment_type
        kind: drift
        span: 2014
        until: 2027-03-01
        reason: card readers became compulsory in 2014

A row that breaks an error rule is rejected; a data rule that is broken stops the run. What breaks
a warning rule is counted and shown. What `allow` names is a warning until that day, with a reason.
"""

import datetime
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data_ingestion.anomaly_kinds import COLUMN_KINDS, DATA_SET
from data_ingestion.rules.row_rules import Predicate
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


class Allowance(_Model):
    """An error that is known and, for a while, does not stop the run.

    Attributes:
        column: the column it is about, or ...
        rule: ... the row rule by its name, or the data rule by its words, or ...
        rate: ... the rate.
        kind: with a column, what is wrong with it; see `anomaly_kinds`.
        split: the only split it is allowed in.
        span: the only span it is allowed in.
        until: the last day.
        reason: why, for whoever reads it.
    """

    column: str | None = None
    rule: str | None = None
    rate: str | None = None
    kind: str | None = None
    split: str | None = None
    span: int | None = None
    until: datetime.date
    reason: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> "Allowance":
        if sum(name is not None for name in (self.column, self.rule, self.rate)) != 1:
            raise ValueError("an entry names a column, a rule or a rate, and but one of them")
        if (self.kind is None) == (self.column is not None):
            raise ValueError("an entry with a column, and no other, names the kind of anomaly")
        return self


class Rules(_Model):
    """All rules of a data set."""

    rows: tuple[RowRule, ...] = ()
    data: tuple[DataRule, ...] = ()
    allow: tuple[Allowance, ...] = ()


def load_rules(file: Path | None, columns: Collection[str], rates: Collection[str]) -> Rules:
    """Reads a rules file; no file, no rules.

    Args:
        file: the YAML file.
        columns: names of the columns that rules may be about.
        rates: names of the rates that are measured.

    Raises:
        SettingsError: it cannot be read, or a rule is not one.
    """
    rules = read_rules(file)
    for rule in rules.data:
        for name in rule.columns:
            if name not in columns:
                raise SettingsError(
                    "a rule must be about columns of the schema",
                    allowed=", ".join(columns),
                    received=f"{name} in {file}: {rule}",
                    action=did_you_mean(name, columns) or "correct the rule, or the schema",
                )
    known_rules = [*(rule.name for rule in rules.rows), *map(str, rules.data), DATA_SET]
    for entry in rules.allow:
        for what, given, names in (
            ("column", entry.column, columns),
            ("rule", entry.rule, known_rules),
            ("rate", entry.rate, rates),
            ("kind", entry.kind, COLUMN_KINDS),
        ):
            if given is not None and given not in names:
                raise SettingsError(
                    f"an entry of `allow` must name a {what} that there is",
                    allowed=", ".join(names) or "none",
                    received=f"{given} in {file}",
                    action=did_you_mean(given, names) or "correct the entry, or remove it",
                )
    return rules


def read_rules(file: Path | None) -> Rules:
    """Reads a rules file without knowing the columns; no file, no rules.

    Raises:
        SettingsError: it cannot be read, or holds something else than rules.
    """
    if file is None:
        return Rules()
    try:
        return Rules.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise SettingsError(
            "the rules file must hold rules",
            allowed="`rows`, each with name and sql; `data`: unique, min_rows, fresh or every; "
            "`allow`, each with column and kind, or rule, or rate, and with until and reason",
            received=f"{file}: {_first_line(error)}",
            action="see data_ingestion/rules/rules_file.py for an example",
        ) from error


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{place}: {first['msg']}"
    return " ".join(str(error).split())
