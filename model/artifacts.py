"""The artifact types that this room adds to TFX's own."""

from tfx.types.artifact import Artifact


class TrivialBaselineScores(Artifact):
    """What the majority class and the best one-feature rule reach: `baselines.json`."""

    TYPE_NAME = "zeroskew.TrivialBaselineScores"


class ParityReport(Artifact):
    """How far training and serving are apart, row by row: `parity.json`."""

    TYPE_NAME = "zeroskew.ParityReport"
