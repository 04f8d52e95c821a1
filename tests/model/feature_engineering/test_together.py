"""Many features cost as few operations as one, but for reading and handing out."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import tensorflow as tf

from model import PCA, Bucketized, Categorical, Cyclic, Hashed, Numeric, PiecewiseLinear
from model.feature_engineering import together
from model.feature_engineering.analyzers import Quantiles, Wanted
from model.feature_engineering.kinds import Feature
from model.feature_engineering.together import transform_together

MOST = 4
"""Operations that one more feature may make: reading it, and handing its tensors out."""


def made_up(wanted: Sequence[Wanted]) -> list[Any]:
    """Stands for what is learned, which needs no operation here."""
    return [
        tf.zeros([len(one.names), one.statistic.buckets - 1])
        if isinstance(one.statistic, Quantiles)
        else tf.zeros([len(one.names), 2])
        for one in wanted
    ]


def count_operations(make: Callable[[str], Feature], count: int, dtype: Any) -> int:
    features = [make(f"column_{number}") for number in range(count)]

    @tf.function(autograph=False)
    def transform(row: dict[str, Any]) -> dict[str, Any]:
        return transform_together(features, row, {}, ())[0]

    spec = tf.TensorSpec([None], dtype)
    graph = transform.get_concrete_function({one.column: spec for one in features}).graph
    return len(graph.get_operations())


@pytest.mark.parametrize(
    ("make", "dtype"),
    [
        (lambda name: Numeric(name), tf.float32),
        (lambda name: Numeric(name, scaling="robust", missing_indicator=True), tf.float32),
        (lambda name: Numeric(name, scaling="rank"), tf.float32),
        (lambda name: PiecewiseLinear(name, bins=8), tf.float32),
        (lambda name: Bucketized(name, edges=(0.0, 1.0), default=3), tf.float32),
        (lambda name: Cyclic(name, default=3), tf.float32),
        (lambda name: Categorical(name, vocabulary=("a", "b"), default="a"), tf.string),
        (lambda name: Hashed(name, default="a"), tf.string),
    ],
)
def test_each_feature_more_makes_the_same_few_operations(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[str], Feature], dtype: Any
) -> None:
    monkeypatch.setattr(together, "learn", made_up)
    few, more, many = (count_operations(make, count, dtype) for count in (10, 40, 70))
    # A shape that is known or not makes an operation more or less.
    assert many - more == pytest.approx(more - few, abs=20)
    assert (many - few) / 60 <= MOST


def test_features_of_another_default_are_not_alike_and_those_of_none_are() -> None:
    assert Hashed("a").recipe == Hashed("b").recipe
    assert Hashed("a", default="x").recipe == Hashed("b", default="x").recipe
    assert Hashed("a", default="x").recipe != Hashed("b").recipe
    assert Bucketized("a", edges=(1, 2)).recipe == Bucketized("b", edges=[1, 2]).recipe
    assert Bucketized("a", edges=(1, 2)).recipe != Bucketized("b", buckets=3).recipe
    assert PCA("a", uses=("x", "y")).ALONE
