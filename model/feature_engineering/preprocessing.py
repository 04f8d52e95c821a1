"""The tf.Transform half of the model, derived from the feature list."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from model.feature_engineering.canonical import to_canonical
from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import load_features

_TYPES = {tf.float32: "FLOAT", tf.int64: "INT", tf.string: "BYTES"}


def preprocessing_fn(
    inputs: Mapping[str, Any], custom_config: Mapping[str, Any]
) -> dict[str, tf.Tensor]:
    """Transforms raw columns; the Transform component calls it to build the graph.

    Args:
        inputs: by column of the schema, a SparseTensor of shape [batch, n] or a dense tensor of
            shape [batch, 1].
        custom_config: `features`, the reference `load_features` takes.

    Returns:
        What `FeatureSet.transform` says.
    """
    features = load_features(custom_config["features"])
    columns = [
        Column(name, _TYPES[inputs[name].dtype], features.lengths.get(name, 1))
        for name in features.columns_needed
    ]
    return features.transform(to_canonical(inputs, columns))
