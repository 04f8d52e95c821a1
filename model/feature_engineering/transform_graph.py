"""The graph that Transform learned: the feature engineering as one function."""

import os
from collections.abc import Mapping

import tensorflow as tf

from model.feature_engineering.columns import Column, Row, from_canonical


class TransformGraph(tf.Module):
    """The loaded `transform_fn` of a TransformGraph artifact, callable on canonical rows.

    Args:
        artifact_dir: the artifact's folder.
        columns: the columns of the schema.
    """

    def __init__(self, artifact_dir: str, columns: Mapping[str, Column]) -> None:
        super().__init__()
        self._loaded = tf.saved_model.load(os.path.join(artifact_dir, "transform_fn"))
        function = self._loaded.transform_fn
        concrete = getattr(function, "concrete_functions", [function])[0]
        specs = concrete.structured_input_signature[0][0]
        self._inputs = tuple((columns[name], spec) for name, spec in specs.items())

    def __call__(self, row: Row) -> dict[str, tf.Tensor]:
        """Transforms canonical rows; a column that `row` does not hold counts as missing.

        Args:
            row: dense tensors of shape [batch], one column at least.

        Returns:
            Transformed tensors of shape [batch], row key and label included.
        """
        shape = tf.shape(next(iter(row.values())))
        fed = {}
        for column, spec in self._inputs:
            absent = tf.fill(shape, tf.constant(column.missing, spec.dtype))
            fed[column.name] = from_canonical(row.get(column.name, absent), spec)
        return self._loaded.transform_fn(fed)
