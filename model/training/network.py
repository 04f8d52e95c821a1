"""The Keras half of the model, derived from the feature list: a wide and deep network.

Source of the shape: Cheng et al., "Wide & Deep Learning for Recommender Systems" (2016).
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import keras
import numpy as np

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.graph_names import graph_name
from model.feature_engineering.kinds import Encoding, Ids
from model.feature_engineering.network_inputs import concatenate, part, symbolic
from model.settings import TrainerSettings
from model.training.penalties import PenalizedDense, PenalizedEmbedding


def build_network(
    features: FeatureSet, settings: TrainerSettings, units: int, number: int = 0, rows: int = 1
) -> keras.Model:
    """Builds the untrained network.

    The wide side is linear in numbers and ids; the deep side is a stack of ReLU layers over
    numbers and learned vectors. Their sum is what the label's head takes.

    Args:
        features: the feature list.
        settings: how wide and deep, and what weights cost.
        units: of the label's head.
        number: of the network, where a model has several.
        rows: that will teach it: the more they are, the less of a penalty each bears.

    Returns:
        A functional model from the matrices that `join` returns to numbers of shape
        [batch, units].
    """
    inputs = symbolic(features.outputs)
    encoding = features.encode(part(features.outputs, inputs))
    sides = _Sides(encoding, settings, units, rows)
    terms = [*sides.wide(), *sides.deep()]
    numbers = keras.layers.Add(name="head_input")(terms) if len(terms) > 1 else terms[0]
    name = graph_name(features.label.name)
    return keras.Model(inputs, numbers, name=f"{name}_{number}" if number else name)


def average(networks: Sequence[keras.Model]) -> keras.Model:
    """Returns a network that gives the mean of what several with the same inputs give."""
    if len(networks) == 1:
        return networks[0]
    inputs = {
        name: keras.Input(tensor.shape[1:], name=tensor.name, dtype=tensor.dtype)
        for name, tensor in networks[0].input.items()
    }
    return keras.Model(inputs, keras.layers.Average()([network(inputs) for network in networks]))


@dataclasses.dataclass(frozen=True)
class _Sides:
    """Both sides of the network; each yields terms of shape [batch, units]."""

    encoding: Encoding
    settings: TrainerSettings
    units: int
    rows: int

    def wide(self) -> Iterator[keras.KerasTensor]:
        if self.encoding.wide:
            yield keras.layers.Dense(self.units, name="wide")(concatenate(self.encoding.wide))
        singles = [ids for ids in self.encoding.ids if ids.shares is None]
        if singles:
            weights = self._look_up(singles, self.units, "zeros", "id_weights")
            yield keras.ops.sum(weights, axis=1)
        for place, ids in enumerate(self._lists()):
            yield self._sum(ids, self.units, "zeros", f"list_weights_{place}")

    def deep(self) -> Iterator[keras.KerasTensor]:
        inputs = [*self.encoding.deep, *self._vectors()]
        if not inputs:
            return
        hidden = concatenate(inputs)
        for depth, width in enumerate(self.settings.hidden_units):
            name, options = f"deep_{depth}", {"activation": "relu"}
            if depth == 0:
                cost = (self.settings.l1_inputs or 0.0) / self.rows
                layer = PenalizedDense(width, penalty=cost, name=name, **options)
            else:
                layer = keras.layers.Dense(width, name=name, **options)
            dropout = keras.layers.Dropout(self.settings.dropout or 0.0, name=f"dropout_{depth}")
            hidden = dropout(layer(hidden))
        yield keras.layers.Dense(self.units, name="deep")(hidden)

    def _vectors(self) -> Iterator[keras.KerasTensor]:
        """Yields the learned vectors, of shape [batch, n]."""
        embedded = sorted(
            (ids for ids in self.encoding.ids if ids.embedding and ids.shares is None),
            key=lambda ids: ids.embedding,
        )
        for width, group in itertools.groupby(embedded, key=lambda ids: ids.embedding):
            vectors = self._look_up(list(group), width, "uniform", f"id_vectors_{width}")
            yield keras.layers.Flatten()(vectors)
        for place, ids in enumerate(self._lists()):
            if ids.embedding:
                yield self._sum(ids, ids.embedding, "uniform", f"list_vectors_{place}")

    def _look_up(
        self, ids: Sequence[Ids], width: int, initializer: str, name: str
    ) -> keras.KerasTensor:
        """Looks several features' ids up in one table, which costs as much as one feature's.

        Returns:
            The vectors, shape [batch, len(ids), width].
        """
        *starts, size = itertools.accumulate((one.size for one in ids), initial=0)
        rows = concatenate([one.tensor for one in ids]) + np.array([starts], dtype=np.int64)
        return self._table(size, width, initializer, name)(rows)

    def _lists(self) -> list[Ids]:
        return [ids for ids in self.encoding.ids if ids.shares is not None]

    def _sum(self, ids: Ids, width: int, initializer: str, name: str) -> keras.KerasTensor:
        """Returns the sum of the ids' vectors, by their shares, shape [batch, width]."""
        table = self._table(ids.size, width, initializer, name)
        return keras.ops.einsum("bl,blw->bw", ids.shares, table(ids.tensor))

    def _table(self, size: int, width: int, initializer: str, name: str) -> PenalizedEmbedding:
        penalty = (self.settings.l2_ids or 0.0) / self.rows
        return PenalizedEmbedding(
            size, width, penalty=penalty, embeddings_initializer=initializer, name=name
        )
