"""The artifact types that this room adds to TFX's own."""

from tfx.types.artifact import Artifact


class DataVerdict(Artifact):
    """What was found wrong with the data, none of it an error: `anomalies.json`."""

    TYPE_NAME = "DataVerdict"


class IngestionReport(Artifact):
    """What became of the rows: `ingestion.json`, and `rejected.parquet` with those not used."""

    TYPE_NAME = "IngestionReport"
