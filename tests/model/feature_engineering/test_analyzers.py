import numpy as np
import tensorflow as tf

from model.feature_engineering.analyzers import (
    Moments,
    NumberStatistic,
    Quantiles,
    Range,
    Wanted,
    learn,
)
from model.feature_engineering.vocabularies import Vocabulary


def test_equal_statistics_share_an_analyzer_and_vocabularies_of_any_size_do():
    assert Moments().analyzer == Moments().analyzer
    assert Moments().analyzer != Range().analyzer
    assert Quantiles(4).analyzer == Quantiles(4).analyzer
    assert Quantiles(4).analyzer != Quantiles(5).analyzer
    assert Vocabulary(10).analyzer == Vocabulary(20, min_frequency=3).analyzer


def test_nothing_wanted_is_nothing_learned():
    assert learn([]) == []


class Widths(NumberStatistic):
    """Says how many numbers were learned from, and how many each had beside it."""

    def learn(self, numbers):
        return tf.fill([numbers.shape[1], 1], numbers.shape[1])


class Other(Widths):
    pass


def test_each_gets_its_own_results_in_the_order_of_the_questions():
    def ask(statistic, count):
        return Wanted(statistic, ["name"] * count, tf.zeros([5, count]))

    one, two, three = learn([ask(Widths(), 2), ask(Other(), 1), ask(Widths(), 3)])
    assert one.numpy().tolist() == [[5], [5]]
    assert two.numpy().tolist() == [[1]]
    assert three.numpy().tolist() == [[5], [5], [5]]


def test_each_number_of_a_shared_analyzer_gets_its_own_result(world):
    # Four numbers share the analyzer of mean and variance. At 0 each shows its -mean / deviation.
    outputs = world.apply(fare=[0.0], age=[0])
    for name in ("fare", "age"):
        values = world.values(name)
        expected = -np.nanmean(values) / np.nanstd(values)
        np.testing.assert_allclose(outputs[f"{name}_xf"], [expected], atol=1e-4)


def test_a_number_without_any_value_does_not_disturb_those_it_shares_an_analyzer_with(world):
    # latitude, miles and the empty column share the analyzer of four quantile buckets.
    assert set(world.transformed["nothing_bucket_xf"].tolist()) == {4}
    assert sorted(np.bincount(world.transformed["latitude_xf"]).tolist()) == [1, 7, 7, 7, 8]
    # The medians of fare and of the empty column share another.
    low, high = 5.25, 47.25
    median = world.apply(fare=[None])["fare_minmax_xf"][0] * (high - low) + low
    np.testing.assert_allclose(median, np.nanmedian(world.values("fare")), atol=1e-4)
