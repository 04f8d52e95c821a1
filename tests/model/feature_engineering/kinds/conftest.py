"""The Keras half of one feature, alone."""

from collections.abc import Callable

import keras
import pytest

from model.feature_engineering.kinds import Encoding, Feature


@pytest.fixture
def encode() -> Callable[[Feature], Encoding]:
    """Runs a feature's Keras half on inputs that are named like its outputs."""

    def run(feature: Feature) -> Encoding:
        return feature.encode(
            {
                output.name: keras.Input((output.length,), name=output.name, dtype=output.dtype)
                for output in feature.outputs
            }
        )

    return run
