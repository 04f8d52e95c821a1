"""Anomalies: where data and schema disagree, in words."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from tensorflow_metadata.proto.v0 import anomalies_pb2

from zeroskew.errors import AnomalyError


@dataclasses.dataclass(frozen=True)
class Anomaly:
    """One disagreement.

    Attributes:
        split: the split it was found in.
        column: the column, or ``"the data set"``.
        severity: ``"ERROR"`` or ``"WARNING"``.
        description: what was expected and what was observed.
    """

    split: str
    column: str
    severity: str
    description: str

    def __str__(self) -> str:
        return f"{self.column} ({self.split}): {self.description}"


def read_anomalies(file: Path, split: str) -> list[Anomaly]:
    """Reads one split's `SchemaDiff.pb`, as ExampleValidator writes it."""
    found = anomalies_pb2.Anomalies.FromString(file.read_bytes())
    of_columns = [
        _anomaly(split, column, info) for column, info in sorted(found.anomaly_info.items())
    ]
    if found.HasField("dataset_anomaly_info"):
        return [*of_columns, _anomaly(split, "the data set", found.dataset_anomaly_info)]
    return of_columns


def _anomaly(split: str, column: str, info: Message | Any) -> Anomaly:
    severity = anomalies_pb2.AnomalyInfo.Severity.Name(info.severity)
    description = " ".join(info.description.split()) or info.short_description
    return Anomaly(split, column, severity, description)


def stop_on_errors(anomalies: Sequence[Anomaly]) -> None:
    """Raises if an anomaly is an error.

    Raises:
        AnomalyError: names each of them.
    """
    errors = [anomaly for anomaly in anomalies if anomaly.severity != "WARNING"]
    if errors:
        raise AnomalyError(
            "no row may break the schema",
            allowed="anomalies of severity WARNING",
            received="\n            ".join(
                [f"{len(errors)} of severity ERROR", *(str(error) for error in errors)]
            ),
            action="correct the data or, if it is right, the schema",
        )
