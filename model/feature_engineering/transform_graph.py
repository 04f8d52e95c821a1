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
        self._specs = dict(concrete.structured_input_signature[0][0])
        self._missing = {name: columns[name].missing for name in self._specs}

    def __call__(self, row: Row) -> dict[str, tf.Tensor]:
        """Transforms canonical rows; a column that `row` does not hold counts as missing.

        Args:
            row: dense tensors of shape [batch], one column at least.

        Returns:
            Transformed tensors of shape [batch], row key and label included.
        """
        shape = tf.shape(next(iter(row.values())))
        absent = {
            dtype: tf.fill(shape, tf.constant(missing, dtype))
            for dtype, missing in {
                spec.dtype: self._missing[name] for name, spec in self._specs.items()
            }.items()
        }
        full = {name: row.get(name, absent[spec.dtype]) for name, spec in self._specs.items()}
        return self._loaded.transform_fn(from_canonical(full, self._specs))
