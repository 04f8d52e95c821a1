"""The graph that Transform learned: the feature engineering as one function."""

import os
from collections.abc import Mapping

import tensorflow as tf

from model.feature_engineering.canonical import all_missing, from_canonical, row_count
from model.feature_engineering.columns import Column, Row


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
        self._columns = [columns[name] for name in self._specs]

    def __call__(self, row: Row) -> dict[str, tf.Tensor]:
        """Transforms canonical rows; a column that `row` does not hold counts as missing.

        Args:
            row: canonical columns, one at least.

        Returns:
            Transformed tensors, row key and label included.
        """
        count = row_count(row)
        left_out = [column for column in self._columns if column.name not in row]
        alike = {(column.type, column.length): column for column in left_out}
        absent = {key: all_missing(column, count) for key, column in alike.items()}
        full = {
            column.name: row[column.name]
            if column.name in row
            else absent[column.type, column.length]
            for column in self._columns
        }
        return self._loaded.transform_fn(from_canonical(full, self._specs))
