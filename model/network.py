"""The Keras half of the model, derived from the feature list: a wide and deep network.

Source of the shape: Cheng et al., "Wide & Deep Learning for Recommender Systems" (2016).
"""

import keras

from model.feature_set import FeatureSet
from model.settings import TrainerSettings


def build_network(features: FeatureSet, settings: TrainerSettings) -> keras.Model:
    """Builds the untrained network.

    The wide side is linear in numbers and ids; the deep side is a stack of ReLU layers over
    numbers and embeddings. Their sum is the logit.

    Returns:
        A functional model from a dict of tensors of shape [batch, 1], one for each output of
        the feature list, to the logit, of shape [batch, 1].
    """
    inputs = {
        output.name: keras.Input((1,), name=output.name, dtype=output.dtype)
        for output in features.outputs
    }
    encoding = features.encode(inputs)
    wide = keras.layers.Dense(1, name="wide")(_concatenate(encoding.wide, "wide_inputs"))
    hidden = _concatenate(encoding.deep, "deep_inputs")
    for depth, units in enumerate(settings.hidden_units):
        hidden = keras.layers.Dense(units, activation="relu", name=f"deep_{depth}")(hidden)
        hidden = keras.layers.Dropout(settings.dropout, name=f"dropout_{depth}")(hidden)
    deep = keras.layers.Dense(1, use_bias=False, name="deep")(hidden)
    logit = keras.layers.Add(name="logit")([wide, deep])
    return keras.Model(inputs, logit, name=features.label.name)


def _concatenate(tensors: list, name: str) -> keras.KerasTensor:
    if len(tensors) == 1:
        return tensors[0]
    return keras.layers.Concatenate(name=name)(tensors)
