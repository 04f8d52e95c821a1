"""The artifact types that this room adds to TFX's own."""

from tfx.types.artifact import Artifact


class DataVerdict(Artifact):
    """Data that has passed: `data_report.json`, and what later spans are compared with."""

    TYPE_NAME = "zeroskew.DataVerdict"


class IngestionReport(Artifact):
    """What became of the rows: `ingestion.json`."""

    TYPE_NAME = "zeroskew.IngestionReport"


class RejectedRows(Artifact):
    """The rows that were not used, with their place and the reason: `rejected.parquet`."""

    TYPE_NAME = "zeroskew.RejectedRows"
