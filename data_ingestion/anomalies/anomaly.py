"""Anomalies: where data and what it must keep disagree, in words."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data_ingestion.anomalies.expectations import expected
from data_ingestion.anomaly_kinds import DATA_SET, SCHEMA, kind_of
from data_ingestion.readers.rows import RejectedRow
from zeroskew.lazy import lazy_import

anomalies_pb2 = lazy_import("tensorflow_metadata.proto.v0.anomalies_pb2")

ERROR = "ERROR"
WARNING = "WARNING"


@dataclasses.dataclass(frozen=True)
class Change:
    """How a value, or a quantile of a number, has changed between two data sets.

    Attributes:
        value: whose share of the rows it is, or which quantile.
        before: in the data that is compared with.
        after: in this data.
        is_share: whether it is the share of a value.
    """

    value: str
    before: float
    after: float
    is_share: bool = True

    def __str__(self) -> str:
        form = ".2%" if self.is_share else ".6g"
        return f"{self.value}: {self.before:{form}} -> {self.after:{form}}"


@dataclasses.dataclass(frozen=True)
class Anomaly:
    """One disagreement.

    Attributes:
        subject: the column, rule or rate it is about.
        kind: one of `anomaly_kinds`, or ``"rejected"``, ``"row_rule"``, ``"data_rule"``,
            ``"rate"``, ``"vectors"``.
        split: the split it was found in; empty if it is about all rows.
        severity: ``"ERROR"`` stops the run, ``"WARNING"`` is reported.
        expected: the rule.
        observed: what the data has instead.
        rows: the first rows that show it; `reason` says how.
        changes: what has changed most, for drift and skew.
        accept: text of a schema that, merged into the curated one, makes this right.
        note: why an error is only a warning, or no longer one.
    """

    subject: str
    kind: str
    split: str = ""
    severity: str = ERROR
    expected: str = ""
    observed: str = ""
    rows: Sequence[RejectedRow] = ()
    changes: Sequence[Change] = ()
    accept: str = ""
    note: str = ""

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Anomaly":
        """Returns the anomaly that `dataclasses.asdict` turned into `content`."""
        rows = [RejectedRow(**row) for row in content["rows"]]
        changes = [Change(**change) for change in content["changes"]]
        return cls(**{**content, "rows": rows, "changes": changes})

    @property
    def stops(self) -> bool:
        """Whether it stops the run; a severity that is not known does."""
        return self.severity != WARNING


def read_anomalies(file: Path, split: str, schema: Any) -> list[Anomaly]:
    """Reads one split's `SchemaDiff.pb`, as ExampleValidator writes it."""
    return list_anomalies(anomalies_pb2.Anomalies.FromString(file.read_bytes()), split, schema)


def list_anomalies(found: Any, split: str, schema: Any) -> list[Anomaly]:
    """Lists what TFDV found, column by column, a kind at a time.

    Args:
        found: an `anomalies_pb2.Anomalies`.
        split: the split it was found in.
        schema: the `schema_pb2.Schema` that was broken.
    """
    infos = sorted(by_column(found).items())
    anomalies = [one for column, info in infos for one in _by_kind(column, info, split, schema)]
    if found.HasField("dataset_anomaly_info"):
        anomalies += _by_kind(DATA_SET, found.dataset_anomaly_info, split, schema)
    return anomalies


def by_column(found: Any) -> dict[str, Any]:
    """Returns what TFDV found by the column's own name; in its keys TFDV quotes some of them."""
    return {
        info.path.step[-1] if info.path.step else key: info
        for key, info in found.anomaly_info.items()
    }


def _by_kind(subject: str, info: Any, split: str, schema: Any) -> list[Anomaly]:
    observed: dict[str, list[str]] = {}
    for reason in info.reason:
        kind = kind_of(anomalies_pb2.AnomalyInfo.Type.Name(reason.type))
        observed.setdefault(kind, []).append(_words(reason))
    severity = anomalies_pb2.AnomalyInfo.Severity.Name(info.severity)
    return [
        Anomaly(
            subject=subject,
            kind=kind,
            split=split,
            severity=WARNING if kind == "new_column" else severity,
            expected=expected(kind, subject, schema),
            observed=" ".join(words),
        )
        for kind, words in (observed or {SCHEMA: [_words(info)]}).items()
    ]


def _words(info: Any) -> str:
    return " ".join(info.description.split()) or info.short_description
