"""The Keras half of the model, derived from the feature list: a wide and deep network.

Source of the shape: Cheng et al., "Wide & Deep Learning for Recommender Systems" (2016).
"""

import itertools
from collections.abc import Iterator, Sequence

import keras
import numpy as np

from model.feature_engineering.feature_set import FeatureSet
from model.feature_engineering.graph_names import graph_name
from model.feature_engineering.kinds import Encoding, Ids
from model.settings import TrainerSettings


def build_network(
    features: FeatureSet, settings: TrainerSettings, units: int, number: int = 0
) -> keras.Model:
    """Builds the untrained network.

    The wide side is linear in numbers and ids; the deep side is a stack of ReLU layers over
    numbers and learned vectors. Their sum is what the label's head takes.

    Args:
        features: the feature list.
        settings: how wide and deep.
        units: of the label's head.
        number: of the network, where a model has several.

    Returns:
        A functional model from a dict of tensors of shape [batch, length], one for each output of
        the feature list by its graph name, to numbers of shape [batch, units].
    """
    inputs = {
        output.name: keras.Input((output.length,), name=graph_name(output.name), dtype=output.dtype)
        for output in features.outputs
    }
    encoding = features.encode(inputs)
    terms = [*_wide_terms(encoding, units), *_deep_terms(encoding, settings, units)]
    numbers = keras.layers.Add(name="head_input")(terms) if len(terms) > 1 else terms[0]
    by_name = {tensor.name: tensor for tensor in inputs.values()}
    name = graph_name(features.label.name)
    return keras.Model(by_name, numbers, name=f"{name}_{number}" if number else name)


def average(networks: Sequence[keras.Model]) -> keras.Model:
    """Returns a network that gives the mean of what several with the same inputs give."""
    if len(networks) == 1:
        return networks[0]
    inputs = {
        name: keras.Input(tensor.shape[1:], name=tensor.name, dtype=tensor.dtype)
        for name, tensor in networks[0].input.items()
    }
    return keras.Model(inputs, keras.layers.Average()([network(inputs) for network in networks]))


def _wide_terms(encoding: Encoding, units: int) -> Iterator[keras.KerasTensor]:
    if encoding.wide:
        yield keras.layers.Dense(units, name="wide")(_concatenate(encoding.wide))
    singles = [ids for ids in encoding.ids if ids.shares is None]
    if singles:
        weights = _look_up(singles, units, "zeros", "id_weights")
        yield keras.ops.sum(weights, axis=1)
    for place, ids in enumerate(_lists(encoding)):
        yield _sum(ids, units, "zeros", f"list_weights_{place}")


def _deep_terms(
    encoding: Encoding, settings: TrainerSettings, units: int
) -> Iterator[keras.KerasTensor]:
    inputs = list(encoding.deep)
    embedded = sorted(
        (ids for ids in encoding.ids if ids.embedding and ids.shares is None),
        key=lambda ids: ids.embedding,
    )
    for width, group in itertools.groupby(embedded, key=lambda ids: ids.embedding):
        vectors = _look_up(list(group), width, "uniform", f"id_vectors_{width}")
        inputs.append(keras.layers.Flatten()(vectors))
    for place, ids in enumerate(_lists(encoding)):
        if ids.embedding:
            inputs.append(_sum(ids, ids.embedding, "uniform", f"list_vectors_{place}"))
    if not inputs:
        return
    hidden = _concatenate(inputs)
    for depth, width in enumerate(settings.hidden_units):
        hidden = keras.layers.Dense(width, activation="relu", name=f"deep_{depth}")(hidden)
        hidden = keras.layers.Dropout(settings.dropout or 0.0, name=f"dropout_{depth}")(hidden)
    yield keras.layers.Dense(units, name="deep")(hidden)


def _look_up(ids: Sequence[Ids], width: int, initializer: str, name: str) -> keras.KerasTensor:
    """Looks several features' ids up in one table, which costs as much as one feature's.

    Returns:
        The vectors, shape [batch, len(ids), width].
    """
    *starts, size = itertools.accumulate((one.size for one in ids), initial=0)
    rows = _concatenate([one.tensor for one in ids]) + np.array([starts], dtype=np.int64)
    table = keras.layers.Embedding(size, width, embeddings_initializer=initializer, name=name)
    return table(rows)


def _lists(encoding: Encoding) -> list[Ids]:
    return [ids for ids in encoding.ids if ids.shares is not None]


def _sum(ids: Ids, width: int, initializer: str, name: str) -> keras.KerasTensor:
    """Returns the sum of the ids' vectors, by their shares, shape [batch, width]."""
    table = keras.layers.Embedding(ids.size, width, embeddings_initializer=initializer, name=name)
    return keras.ops.einsum("bl,blw->bw", ids.shares, table(ids.tensor))


def _concatenate(tensors: Sequence[keras.KerasTensor]) -> keras.KerasTensor:
    return keras.layers.Concatenate()(list(tensors)) if len(tensors) > 1 else tensors[0]
