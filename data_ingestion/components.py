"""This room's own pipeline steps, as TFX components.

Each wraps plain functions of its neighbours; nothing is decided here but where files lie.
The annotations are read by TFX at run time.
"""

import dataclasses
import json
from pathlib import Path

from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import ExampleAnomalies, Schema

from data_ingestion.anomalies import read_anomalies, stop_on_errors
from data_ingestion.artifacts import DataVerdict, IngestionReport
from data_ingestion.rejection import stop_on_rejected
from zeroskew.files import write_atomically
from zeroskew.schema import schema_file

ANOMALIES_FILE = "anomalies.json"


@component
def CuratedSchema(
    schema: OutputArtifact[Schema],
    file: Parameter[str],
    fingerprint: Parameter[str],
) -> None:
    """Imports the committed schema; a changed file is a changed `fingerprint`."""
    text = Path(file).read_text(encoding="utf-8")
    write_atomically(schema_file(schema), text)


@component
def DataGate(
    anomalies: InputArtifact[ExampleAnomalies],
    report: InputArtifact[IngestionReport],
    verdict: OutputArtifact[DataVerdict],
    allowed_rejected: Parameter[float],
) -> None:
    """Stops the run if rows were rejected, or if the data breaks its rules or the schema."""
    stop_on_rejected(report.uri, allowed_rejected)
    found = [
        anomaly
        for split in artifact_utils.decode_split_names(anomalies.split_names)
        for anomaly in read_anomalies(
            Path(artifact_utils.get_split_uri([anomalies], split), "SchemaDiff.pb"), split
        )
    ]
    stop_on_errors(found)
    content = json.dumps([dataclasses.asdict(anomaly) for anomaly in found], indent=2)
    write_atomically(Path(verdict.uri, ANOMALIES_FILE), content + "\n")
