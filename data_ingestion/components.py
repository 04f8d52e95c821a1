"""This room's own pipeline steps, as TFX components.

Each wraps plain functions of its neighbours; nothing is decided here but where files lie.
The annotations are read by TFX at run time.
"""

import datetime
from pathlib import Path

from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import ExampleAnomalies, ExampleStatistics, Schema

from data_ingestion.anomalies.anomaly import read_anomalies
from data_ingestion.artifacts import DataVerdict, IngestionReport, RejectedRows
from data_ingestion.examples.ingestion_report import read_report
from data_ingestion.gate.data_gate import Evidence, judge
from data_ingestion.gate.passed_spans import SPANS_FILE, PassedSpan, read_passed, write_passed
from data_ingestion.settings import DataSettings
from zeroskew.artifacts import ABSENT
from zeroskew.files import open_to_write, write_atomically
from zeroskew.schema import read_schema, schema_file
from zeroskew.versions import add_version, fetch_newest, remove_old_versions

DATA_REPORT_FILE = "data_report.json"
# As TFX names them, which would be slow to ask.
ANOMALIES_FILE = "SchemaDiff.pb"
STATISTICS_FILE = "FeatureStats.pb"


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
    statistics: InputArtifact[ExampleStatistics],
    schema: InputArtifact[Schema],
    report: InputArtifact[IngestionReport],
    rejected: InputArtifact[RejectedRows],
    verdict: OutputArtifact[DataVerdict],
    data: Parameter[str],
    report_file: Parameter[str],
    passed: InputArtifact[DataVerdict] = None,
) -> None:
    """Stops the run for data that breaks schema or rules, or that differs too much.

    What is found is written to `report_file`, which stays when the run stops.
    """
    curated = read_schema(schema_file(schema))
    splits = artifact_utils.decode_split_names(statistics.split_names)
    by_split = {
        split: statistics_pb2.DatasetFeatureStatisticsList.FromString(
            Path(artifact_utils.get_split_uri([statistics], split), STATISTICS_FILE).read_bytes()
        )
        for split in splits
    }
    evidence = Evidence(
        schema=curated,
        statistics=by_split,
        found=[
            anomaly
            for split in splits
            for anomaly in read_anomalies(
                Path(artifact_utils.get_split_uri([anomalies], split), ANOMALIES_FILE),
                split,
                curated,
            )
        ],
        report=read_report(report.uri),
        rejected_folder=rejected.uri,
        passed=read_passed(passed.uri) if passed else [],
    )
    today = datetime.datetime.now(datetime.timezone.utc).date()
    found = judge(evidence, DataSettings.model_validate_json(data), today)
    for file in (report_file, f"{verdict.uri}/{DATA_REPORT_FILE}"):
        with open_to_write(file) as stream:
            stream.write(found.to_json().encode())
    found.stop(report_file)
    current = PassedSpan(found.report.span, found.report.rates, by_split)
    write_passed(verdict.uri, current, evidence.passed)


@component
def KeepPassedData(verdict: InputArtifact[DataVerdict], folder: Parameter[str]) -> None:
    """Keeps what has passed where `KeptPassedData` of a later run finds it."""
    add_version(Path(verdict.uri), folder, SPANS_FILE)
    remove_old_versions(folder, SPANS_FILE, keep=2)


@component
def KeptPassedData(verdict: OutputArtifact[DataVerdict], folder: Parameter[str]) -> None:
    """Brings what has passed last, where no resolver can find it.

    If there is none, the artifact says that it is absent.
    """
    if fetch_newest(folder, Path(verdict.uri), SPANS_FILE) is None:
        verdict.set_int_custom_property(ABSENT, 1)
