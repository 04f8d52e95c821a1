"""The mean of several networks."""

import numpy as np

from model import Categorical, FeatureSet, Numeric, YesNo
from model.settings import TrainerSettings
from model.training.network import average, build_network

FEATURES = FeatureSet(YesNo("y"), [Numeric("a b"), Categorical("c", max_tokens=5)])


def test_it_gives_the_mean_of_what_they_give() -> None:
    networks = [build_network(FEATURES, TrainerSettings(), 2, number) for number in range(3)]
    rows = {
        "numbers": np.array([[0.5], [-1.0]], np.float32),
        "ids": np.array([[1], [4]], np.int64),
    }
    alone = [network(rows).numpy() for network in networks]
    whole = average(networks)
    assert np.allclose(whole(rows).numpy(), np.mean(alone, axis=0), atol=1e-6)
    assert np.ptp(alone, axis=0).max() > 0.01
    assert len(whole.trainable_variables) == 3 * len(networks[0].trainable_variables)
    assert average(networks[:1]) is networks[0]
