"""The Keras half of the model, derived from the feature list: a wide and deep network.

Source of the shape: Cheng et al., "Wide & Deep Learning for Recommender Systems" (2016).
"""

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence

import keras
import numpy as np

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.graph_names import graph_name
from model.feature_engineering.kinds import Encoding, Ids
from model.feature_engineering.network_inputs import concatenate, part, symbolic
from model.settings import TrainerSettings
from model.training.penalties import PenalizedDense, PenalizedEmbedding


@dataclasses.dataclass(frozen=True)
class Wired:
    """A network, and what lies between its ends.

    Attributes:
        network: a functional model from the matrices that `join` returns to numbers of shape
            [batch, units].
        vectors: what the deep side gets of a feature, by its name, of shape [batch, n]; a feature
            of which it gets nothing is not there.
        hidden: the last hidden layer, of shape [batch, n]; None without a deep side.
    """

    network: keras.Model
    vectors: Mapping[str, keras.KerasTensor]
    hidden: keras.KerasTensor | None


def build_network(
    features: FeatureSet, settings: TrainerSettings, units: int, number: int = 0, rows: int = 1
) -> keras.Model:
    """Builds the untrained network, see `wire`.

    Returns:
        A functional model from the matrices that `join` returns to numbers of shape
        [batch, units].
    """
    return wire(features, settings, units, number, rows).network


def wire(
    features: FeatureSet, settings: TrainerSettings, units: int, number: int = 0, rows: int = 1
) -> Wired:
    """Builds the untrained network.

    The wide side is linear in numbers and ids; the deep side is a stack of ReLU layers over
    numbers and learned vectors. Their sum is what the label's head takes.

    Args:
        features: the feature list.
        settings: how wide and deep, and what weights cost.
        units: of the label's head.
        number: of the network, where a model has several.
        rows: that will teach it: the more they are, the less of a penalty each bears.
    """
    inputs = symbolic(features.outputs)
    encodings = features.encode(part(features.outputs, inputs))
    sides = _Sides(list(encodings.values()), settings, units, rows)
    terms = [*sides.wide(), *sides.deep()]
    numbers = keras.layers.Add(name="head_input")(terms) if len(terms) > 1 else terms[0]
    name = graph_name(features.label.name)
    network = keras.Model(inputs, numbers, name=f"{name}_{number}" if number else name)
    parts = {name: sides.parts_of(encoding) for name, encoding in encodings.items()}
    vectors = {name: concatenate(some) for name, some in parts.items() if some}
    return Wired(network, vectors, sides.hidden[-1] if sides.hidden else None)


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

    encodings: Sequence[Encoding]
    settings: TrainerSettings
    units: int
    rows: int
    hidden: list[keras.KerasTensor] = dataclasses.field(default_factory=list)
    learned: dict[int, keras.KerasTensor] = dataclasses.field(default_factory=dict)
    """The vectors of ids, by the identity of these."""

    def parts_of(self, encoding: Encoding) -> list[keras.KerasTensor]:
        """Returns what the deep side got of a feature, once it is built."""
        numbers = encoding.deep if encoding.vector is None else [encoding.vector]
        return [*numbers, *(self.learned[id(ids)] for ids in encoding.ids if ids.embedding)]

    def wide(self) -> Iterator[keras.KerasTensor]:
        numbers = [tensor for one in self.encodings for tensor in one.wide]
        if numbers:
            yield keras.layers.Dense(self.units, name="wide")(concatenate(numbers))
        singles = [ids for ids in self._ids() if ids.shares is None]
        if singles:
            weights = self._look_up(singles, self.units, "zeros", "id_weights")
            yield keras.ops.sum(weights, axis=1)
        for place, ids in enumerate(self._lists()):
            yield self._sum(ids, self.units, "zeros", f"list_weights_{place}")

    def deep(self) -> Iterator[keras.KerasTensor]:
        numbers = [tensor for one in self.encodings for tensor in one.deep]
        inputs = [*numbers, *self._vectors()]
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
            self.hidden.append(hidden)
        yield keras.layers.Dense(self.units, name="deep")(hidden)

    def _vectors(self) -> Iterator[keras.KerasTensor]:
        """Yields the learned vectors, of shape [batch, n]."""
        embedded = sorted(
            (ids for ids in self._ids() if ids.embedding and ids.shares is None),
            key=lambda ids: ids.embedding,
        )
        for width, group in itertools.groupby(embedded, key=lambda ids: ids.embedding):
            some = list(group)
            vectors = self._look_up(some, width, "uniform", f"id_vectors_{width}")
            self.learned.update((id(ids), vectors[:, place]) for place, ids in enumerate(some))
            yield keras.layers.Flatten()(vectors)
        for place, ids in enumerate(self._lists()):
            if ids.embedding:
                vector = self._sum(ids, ids.embedding, "uniform", f"list_vectors_{place}")
                self.learned[id(ids)] = vector
                yield vector

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

    def _ids(self) -> list[Ids]:
        return [ids for one in self.encodings for ids in one.ids]

    def _lists(self) -> list[Ids]:
        return [ids for ids in self._ids() if ids.shares is not None]

    def _sum(self, ids: Ids, width: int, initializer: str, name: str) -> keras.KerasTensor:
        """Returns the sum of the ids' vectors, by their shares, shape [batch, width]."""
        table = self._table(ids.size, width, initializer, name)
        return keras.ops.einsum("bl,blw->bw", ids.shares, table(ids.tensor))

    def _table(self, size: int, width: int, initializer: str, name: str) -> PenalizedEmbedding:
        penalty = (self.settings.l2_ids or 0.0) / self.rows
        return PenalizedEmbedding(
            size, width, penalty=penalty, embeddings_initializer=initializer, name=name
        )
