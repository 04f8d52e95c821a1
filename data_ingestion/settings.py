"""Where the rows come from, how they are split and what they must keep."""

import codecs
import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from data_ingestion.database_urls import refuse_secrets

BUILT_IN = "taxi"

PLACES_OF_ROWS = ("path", "serving_log")
"""The settings that name files, folders or databases with rows."""

SETTINGS_OF_THE_GATE = {"allowed_rejected", "max_rate_change", "serving_log"}
"""What decides on data that has been read, so that a change needs no reading again."""


class CsvSettings(BaseModel):
    """How the values of CSV files are written down.

    Attributes:
        delimiter: one character between fields; if none is given, the comma, semicolon, tab or
            bar by which all of a file's first lines have as many fields as its header.
        null_tokens: what stands for a missing value.
        encoding: of the text, by Python's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    delimiter: Annotated[str, Field(pattern=r"^[\x09\x20-\x21\x23-\x7e]$")] | None = None
    null_tokens: tuple[str, ...] = ("",)
    encoding: str = "utf-8"

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            return codecs.lookup(name).name
        except LookupError as error:
            raise ValueError(f"{name!r} is no encoding that Python knows") from error


class JdbcSettings(BaseModel):
    """The driver of a database that is reached by JDBC.

    Attributes:
        driver_jar: the driver's .jar file.
        driver_class: the driver's class, if the .jar does not name it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    driver_jar: Path | None = None
    driver_class: str | None = None


class DataSettings(BaseModel):
    """Which rows, and how they are split.

    Attributes:
        path: ``taxi`` for the built-in trips; a file, a folder or a file pattern (CSV, CSV.gz,
            Parquet, TFRecord), with `{SPAN}` or `{YYYY}-{MM}-{DD}`, and `{VERSION}`, for data that
            comes in spans; or the URL of a database.
        query: what to ask the database.
        partition_column: an integer column; the query is run in `partitions` parts, by its ranges.
        partitions: how many.
        window: the last so many spans are read.
        span: the last span that is read; the latest there is if none is given.
        sample: the share of rows that become examples, chosen by a hash of the row, with ``key`` of
            the entity: the same rows each time. Rules, rates and rejected rows are of all rows.
        split: ``hash`` deals rows by a hash of the row, ``key`` by a hash of the column `key`, so
            that no entity is in two splits; ``time`` evaluates on the latest rows; ``folders``
            reads `train/` and `eval/` below `path`.
        key: with ``key``, the column.
        time: with ``time``, the column: a number, or text that sorts like time.
        eval_from: with ``time``, the first moment that evaluates; without it the shares say so.
        train_parts: parts of the rows that train ...
        eval_parts: ... and parts that evaluate.
        rules: a file of rules for rows and data (YAML).
        allowed_rejected: the share of rows that may be rejected; one more stops the run.
        rates: conditions in SQL, by name, whose share of rows is measured and watched.
        max_rate_change: by how much a rate may differ from that of the previous span.
        serving_log: what the served model was asked: files, in any format of `path`; the schema's
            skew comparators hold the data against it.
        csv: how CSV files are written.
        jdbc: the JDBC driver.
        workers: processes that read; 0 for one on each core.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = BUILT_IN
    query: str | None = None
    partition_column: str | None = None
    partitions: Annotated[int, Field(ge=1)] = 1
    window: Annotated[int, Field(ge=1)] = 1
    span: Annotated[int, Field(ge=0)] | None = None
    sample: Annotated[float, Field(gt=0, le=1)] = 1.0
    split: Literal["hash", "key", "time", "folders"] = "hash"
    key: str | None = None
    time: str | None = None
    eval_from: int | float | datetime.date | str | None = None
    train_parts: Annotated[int, Field(ge=1)] = 4
    eval_parts: Annotated[int, Field(ge=1)] = 1
    rules: Path | None = None
    allowed_rejected: Annotated[float, Field(ge=0, le=1)] = 0.0
    rates: dict[str, str] = {}
    max_rate_change: Annotated[float, Field(gt=0, le=1)] | None = None
    serving_log: str | None = None
    csv: CsvSettings = CsvSettings()
    jdbc: JdbcSettings = JdbcSettings()
    workers: Annotated[int, Field(ge=0)] = 0

    @field_validator(*PLACES_OF_ROWS)
    @classmethod
    def _holds_no_secret(cls, place: str | None) -> str | None:
        # Here, because TFX writes settings to its metadata before it runs anything.
        refuse_secrets(place or "")
        return place

    @property
    def deciding_column(self) -> str | None:
        """The column by which rows are dealt to splits; a row without a value in it is rejected."""
        return {"key": self.key, "time": self.time}.get(self.split)

    @property
    def shares(self) -> dict[str, int]:
        """Parts of the rows by split."""
        return {"train": self.train_parts, "eval": self.eval_parts}
