"""The artifact types that this room adds to TFX's own.

On Kubeflow a type is found again by its name: the class in `artifacts` of the package it names.
"""

from tfx.types.artifact import Artifact


class RunReport(Artifact):
    """The page of a run: `report.html`, which needs no other file.

    `importance.json` keeps what took time to measure.
    """

    TYPE_NAME = "pipeline.RunReport"
