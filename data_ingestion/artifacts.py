"""The artifact types that this room adds to TFX's own.

On Kubeflow a type is found again by its name: the class in `artifacts` of the package it names.
"""

from tfx.types.artifact import Artifact


class DataVerdict(Artifact):
    """Data that has passed: `data_report.json`, and what later spans are compared with."""

    TYPE_NAME = "data_ingestion.DataVerdict"


class IngestionReport(Artifact):
    """What became of the rows: `ingestion.json`."""

    TYPE_NAME = "data_ingestion.IngestionReport"


class RejectedRows(Artifact):
    """The rows that were not used, with their place and the reason: `rejected.parquet`."""

    TYPE_NAME = "data_ingestion.RejectedRows"
