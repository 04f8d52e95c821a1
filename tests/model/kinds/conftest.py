"""The Keras half of one feature, alone."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import pytest

from model.kinds import Feature

Sides = tuple[list[np.ndarray], list[np.ndarray]]


@pytest.fixture
def encode() -> Callable[..., Sides]:
    """Feeds a feature's outputs to its Keras half; returns its wide and its deep inputs.

    Every weight of the half counts up from 0, so that each id has a vector of its own.
    """

    def run(feature: Feature, **values: Sequence[Any]) -> Sides:
        tensors = {
            output.name: keras.Input((1,), name=output.name, dtype=output.dtype)
            for output in feature.outputs
        }
        encoding = feature.encode(tensors)
        sides = {"wide": encoding.wide, "deep": encoding.deep}
        same = keras.layers.Identity()
        network = keras.Model(
            tensors, {side: [same(one) for one in inputs] for side, inputs in sides.items()}
        )
        network.set_weights(
            [np.arange(one.size).reshape(one.shape) for one in network.get_weights()]
        )
        fed = {name: np.array(column)[:, np.newaxis] for name, column in values.items()}
        outputs = network(fed)
        return (
            [np.array(one) for one in outputs["wide"]],
            [np.array(one) for one in outputs["deep"]],
        )

    return run
