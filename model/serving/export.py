"""The SavedModel: transform graph and network as one, with signatures a client can use.

| signature            | takes                                   | returns                     |
| -------------------- | --------------------------------------- | --------------------------- |
| `serving_default`    | serialized tf.Examples, [batch]         | what the label's head gives |
| `serving_columns`    | one tensor per raw column, [batch] each | what the label's head gives |
| `serving_json`       | tf.Examples in JSON, [batch]            | what the label's head gives |
| `transform_features` | serialized tf.Examples, [batch]         | transformed features, label |
| `embed`              | the raw columns it needs, [batch] each  | `embedding`, [batch, n]     |

`embed` is there if the feature list declares an embedding.

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
from model.serving.raw_columns import SIGNATURE
from model.serving.vectors.space import EMBED, EMBEDDING

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
        embedder: maps the transformed features to vectors, with weights of the network.
    """

    def __init__(
        self,
        network: keras.Model,
        head: Head,
        features: FeatureSet,
        columns: Mapping[str, Column],
        graph: TransformGraph,
        embedder: keras.Model | None = None,
    ) -> None:
        super().__init__()
        self._features = features
        self._columns = _Untracked(dict(columns))
        self._network = _Untracked(network)
        self._embedder = _Untracked(embedder)
        self._head = _Untracked(head)
        self._weights = [variable.value for variable in network.variables]
        self._transform = graph
        transformed = {
            output.name: tf.TensorSpec(
                [None, *output.row_shape], output.dtype, graph_name(output.name)
            )
            for output in features.outputs
        }
        self.predict_transformed = _graph(self._predict, input_signature=[transformed])
        if embedder is not None:
            self.embed_transformed = _graph(self._embed, input_signature=[transformed])

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete functions to save, by signature name."""
        examples = tf.TensorSpec([None], tf.string, "examples")
        of_examples = {
            "serving_default": self._serve_examples,
            "serving_json": self._serve_json,
            "transform_features": self._transform_examples,
        }
        of_columns = {SIGNATURE: (self._serve_columns, self._features.sources)}
        if self._embedder.value is not None:
            of_columns[EMBED] = (self._embed_columns, self._features.embedding_sources)
        return {
            **{
                name: _graph(function).get_concrete_function(examples)
                for name, function in of_examples.items()
            },
            **{
                name: _graph(function).get_concrete_function(**self._specs(names))
                for name, (function, names) in of_columns.items()
            },
        }

    def _serve_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._serve(self._parse(examples, self._features.sources))

    def _serve_json(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        # Strict JSON has no NaN, so only here can it say that a number is missing.
        return self._serve_examples(tf.io.decode_json_example(examples))

    def _serve_columns(self, **arguments: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._serve(self._rows(self._features.sources, arguments))

    def _embed_columns(self, **arguments: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._embed(self._transform(self._rows(self._features.embedding_sources, arguments)))

    def _embed(self, tensors: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return {EMBEDDING: self._embedder.value(join(self._features.outputs, tensors))}

    def _rows(self, names: Iterable[str], arguments: Mapping[str, tf.Tensor]) -> Row:
        columns = [self._columns.value[name] for name in names]
        # No server checks shapes, and another one with as many values would be taken.
        raw = {
            one.name: tf.ensure_shape(arguments[graph_name(one.name)], _spec(one).shape)
            for one in columns
        }
        return to_canonical(raw, columns)

    def _specs(self, names: Iterable[str]) -> dict[str, tf.TensorSpec]:
        return {graph_name(name): _spec(self._columns.value[name]) for name in names}

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
    embedder: keras.Model | None = None,
    *,
    target: str,
) -> None:
    """Writes the SavedModel to the folder `target`; see `ServingModel` for the arguments."""
    module = ServingModel(network, head, features, columns, graph, embedder)
    tf.saved_model.save(module, target, signatures=module.signatures())
    taken = {SIGNATURE: features.sources}
    if embedder is not None:
        taken[EMBED] = features.embedding_sources
    for signature, names in taken.items():
        rename_inputs(target, signature, {graph_name(name): name for name in names})
