"""The network that makes the vector of a row: a part of the trained one, with its weights."""

from collections.abc import Sequence

import keras

from model.feature_engineering.embedding import Embedding
from model.feature_engineering.network_inputs import concatenate
from model.feature_engineering.origins import pointing_to
from model.training.network import Wired
from zeroskew.errors import FeatureError


def embedding_network(embedding: Embedding, wired: Sequence[Wired]) -> keras.Model:
    """Returns the network from what the trained one takes to vectors of shape [batch, n].

    Args:
        embedding: which vectors.
        wired: the trained networks. Each has learned vectors of its own, which are put side by
            side; what nothing is learned for is the same in all, and taken once.

    Raises:
        FeatureError: a feature has no vector, or there is no hidden layer.
    """
    with pointing_to(embedding.origin):
        parts = [_vector(embedding, one) for one in wired]
    inputs = wired[0].network.input
    first = keras.Model(inputs, parts[0])
    if len(wired) > 1 and first.trainable_variables:
        pairs = zip(wired, parts, strict=True)
        makers = [keras.Model(one.network.input, part) for one, part in pairs]
        vectors = concatenate([maker(inputs) for maker in makers])
    else:
        vectors = first.output
    if embedding.normalized:
        vectors = keras.layers.UnitNormalization()(vectors)
    return keras.Model(inputs, vectors, name="embed")


def _vector(embedding: Embedding, wired: Wired) -> keras.KerasTensor:
    if not embedding.of:
        if wired.hidden is None:
            raise FeatureError(
                "an embedding of no feature is the last hidden layer, which a network has whose "
                "features have vectors",
                received="features without a vector",
                action="give one of the features an embedding, or add a Numeric",
            )
        return wired.hidden
    for name in embedding.of:
        if name not in wired.vectors:
            raise FeatureError(
                "an embedding is made of features that have vectors",
                allowed=", ".join(wired.vectors) or "none in this list",
                received=repr(name),
                action="choose another, or give that one an embedding",
            )
    return concatenate([wired.vectors[name] for name in embedding.of])
