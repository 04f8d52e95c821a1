import numpy as np
import tensorflow as tf

from model.feature_engineering.analyzers import Moments, Quantiles, Range, learn

NUMBER = tf.constant([1.0])


def test_statistics_of_one_class_share_an_analyzer_and_quantiles_only_for_equal_buckets():
    assert Moments("a", NUMBER).group == Moments("b", NUMBER).group
    assert Moments("a", NUMBER).group != Range("a", NUMBER).group
    assert Quantiles("a", NUMBER, 4).group == Quantiles("b", NUMBER, 4).group
    assert Quantiles("a", NUMBER, 4).group != Quantiles("a", NUMBER, 5).group


def test_nothing_wanted_is_nothing_learned():
    assert learn([]) == {}


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
