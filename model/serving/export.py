"""The SavedModel: transform graph and network as one, with signatures a client can use.

| signature            | takes                                   | returns                     |
| -------------------- | --------------------------------------- | --------------------------- |
| `serving_default`    | serialized tf.Examples, [batch]         | what the label's head gives |
| `serving_columns`    | one tensor per raw column, [batch] each | what the label's head gives |
| `serving_json`       | tf.Examples in JSON, [batch]            | what the label's head gives |
| `transform_features` | serialized tf.Examples, [batch]         | transformed features, label |

Whatever the columns are called, clients send these names (see model/serving/input_names.py). A
column may be missing in an example (see model/feature_engineering/columns.py for how a missing
value looks as a tensor). A column of lists is a tensor of shape [batch, n], filled up with missing
values, and one of vectors is of shape [batch, length]. The columns that only the label needs are in
no serving signature;
`transform_features` reads them where they are, because TFMA takes its labels from there.
"""

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import tensorflow as tf

from model.feature_engineering.canonical import to_canonical
from model.feature_engineering.columns import Column, Row
from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.graph_names import graph_name
from model.feature_engineering.labels import MEASURED, Head
from model.feature_engineering.network_inputs import join
from model.feature_engineering.transform_graph import TransformGraph
from model.serving.input_names import rename_inputs

# No function here branches on a tensor, so there is nothing for AutoGraph to rewrite.
_graph = functools.partial(tf.function, autograph=False)


class ServingModel(tf.Module):
    """What is saved: it holds the transform graph and the network's weights.

    Args:
        network: maps the transformed features to numbers.
        head: makes of these what a client gets.
        features: the feature list both were built from.
        columns: the columns of the schema.
        graph: what Transform learned.
    """

    def __init__(
        self,
        network: keras.Model,
        head: Head,
        features: FeatureSet,
        columns: Mapping[str, Column],
        graph: TransformGraph,
    ) -> None:
        super().__init__()
        self._features = features
        self._columns = _Untracked(dict(columns))
        self._network = _Untracked(network)
        self._head = _Untracked(head)
        self._weights = [variable.value for variable in network.variables]
        self._transform = graph
        self.predict_transformed = _graph(
            self._predict,
            input_signature=[
                {
                    output.name: tf.TensorSpec(
                        [None, *output.row_shape], output.dtype, graph_name(output.name)
                    )
                    for output in features.outputs
                }
            ],
        )

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete functions to save, by signature name."""
        examples = tf.TensorSpec([None], tf.string, "examples")
        columns = [_spec(self._columns.value[name]) for name in self._features.sources]
        return {
            "serving_default": _graph(self._serve_examples).get_concrete_function(examples),
            "serving_columns": _graph(self._serve_columns).get_concrete_function(
                **{spec.name: spec for spec in columns}
            ),
            "serving_json": _graph(self._serve_json).get_concrete_function(examples),
            "transform_features": _graph(self._transform_examples).get_concrete_function(examples),
        }

    def _serve_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._serve(self._parse(examples, self._features.sources))

    def _serve_json(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        # Strict JSON has no NaN, so only here can it say that a number is missing.
        return self._serve_examples(tf.io.decode_json_example(examples))

    def _serve_columns(self, **arguments: tf.Tensor) -> dict[str, tf.Tensor]:
        columns = [self._columns.value[name] for name in self._features.sources]
        # No server checks shapes, and another one with as many values would be taken.
        raw = {
            one.name: tf.ensure_shape(arguments[graph_name(one.name)], _spec(one).shape)
            for one in columns
        }
        return self._serve(to_canonical(raw, columns))

    def _transform_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        transformed = self._transform(self._parse(examples, self._features.columns_needed))
        label = transformed[self._features.label.name]
        return {**transformed, MEASURED: self._head.value.measured(label)}

    def _serve(self, row: Row) -> dict[str, tf.Tensor]:
        transformed = self._transform(row)
        return self._predict(
            {output.name: transformed[output.name] for output in self._features.outputs}
        )

    def _predict(self, tensors: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        numbers = self._network.value(join(self._features.outputs, tensors))
        answer: dict[str, tf.Tensor] = self._head.value.answer(numbers)
        return answer

    def _parse(self, examples: tf.Tensor, names: Iterable[str]) -> dict[str, tf.Tensor]:
        columns = [self._columns.value[name] for name in names]
        spec = {column.name: tf.io.VarLenFeature(column.dtype) for column in columns}
        return to_canonical(tf.io.parse_example(examples, spec), columns)


def _spec(column: Column) -> tf.TensorSpec:
    """Returns what a client sends of a column; lists are filled up with missing values."""
    shape = [None] if column.length == 1 else [None, column.length]
    return tf.TensorSpec(shape, column.dtype, graph_name(column.name))


class _Untracked:
    """Keeps a value out of the SavedModel's object graph: the functions are saved instead."""

    def __init__(self, value: Any) -> None:
        self.value = value


def save_model(
    network: keras.Model,
    head: Head,
    features: FeatureSet,
    columns: Mapping[str, Column],
    graph: TransformGraph,
    *,
    target: str,
) -> None:
    """Writes the SavedModel to the folder `target`; see `ServingModel` for the arguments."""
    module = ServingModel(network, head, features, columns, graph)
    tf.saved_model.save(module, target, signatures=module.signatures())
    rename_inputs(target, "serving_columns", {graph_name(name): name for name in features.sources})
