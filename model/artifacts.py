"""The artifact types that this room adds to TFX's own.

On Kubeflow a type is found again by its name: the class in `artifacts` of the package it names.
"""

from typing import ClassVar

from tfx.types.artifact import Artifact, Property, PropertyType


class TrivialBaselineScores(Artifact):
    """What the majority class and the best one-feature rule reach: `baselines.json`.

    `learned_from.json` says from how many of the train rows, and how those were chosen;
    `leaks.json` names the columns that alone predict the label.
    """

    TYPE_NAME = "model.TrivialBaselineScores"


class ParityReport(Artifact):
    """How far training and serving are apart, row by row: `parity.json`."""

    TYPE_NAME = "model.ParityReport"


class ServingReport(Artifact):
    """What plain TensorFlow made of a model, how fast and how big it is: `serving.json`."""

    TYPE_NAME = "model.ServingReport"


class Vectors(Artifact):
    """A model's vectors of rows: `vectors.parquet`, and `space.json`, which says what they are."""

    TYPE_NAME = "model.Vectors"


class VectorIndex(Artifact):
    """An index of vectors: `index.faiss`, `entities.parquet` and `index.json`."""

    TYPE_NAME = "model.VectorIndex"


class IndexReport(Artifact):
    """What an index keeps of its rules: `index_check.json`."""

    TYPE_NAME = "model.IndexReport"


class PushedIndex(Artifact):
    """An index that is served: the version by which it lies in the folder of indexes."""

    TYPE_NAME = "model.PushedIndex"


class Predictions(Artifact):
    """A model's answers to rows: `predictions.parquet` in a folder for each split."""

    TYPE_NAME = "model.Predictions"
    PROPERTIES: ClassVar[dict[str, Property]] = {"split_names": Property(type=PropertyType.STRING)}
