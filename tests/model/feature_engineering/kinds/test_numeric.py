import numpy as np
import pytest
import tensorflow as tf
from scipy.special import ndtr
from sklearn.preprocessing import QuantileTransformer, RobustScaler

from model import Numeric
from zeroskew.errors import FeatureError


def standardise(filled: np.ndarray, learned_from: np.ndarray) -> np.ndarray:
    return (filled - np.nanmean(learned_from)) / np.nanstd(learned_from)


def fill(values: np.ndarray, substitute: float) -> np.ndarray:
    return np.where(np.isnan(values), substitute, values)


def fare_per_mile(world) -> np.ndarray:
    with np.errstate(divide="ignore"):
        ratio = world.values("fare") / world.values("miles")
    return np.where(np.isinf(ratio), np.nan, ratio)


def test_zscore_subtracts_the_mean_and_divides_by_the_standard_deviation(world):
    fare = world.values("fare")
    expected = standardise(fill(fare, np.nanmean(fare)), fare)
    np.testing.assert_allclose(world.transformed["fare_xf"], expected, atol=1e-5)


def test_a_missing_number_becomes_the_mean_and_so_zscore_0(world):
    assert world.table["fare"][3] is None
    assert world.transformed["fare_xf"][3] == pytest.approx(0.0, abs=1e-6)


def test_a_missing_number_becomes_the_median_of_the_present_ones(world):
    fare = world.values("fare")
    expected = standardise(fill(fare, np.nanmedian(fare)), fare)
    np.testing.assert_allclose(world.transformed["fare_median_xf"], expected, atol=1e-5)
    assert np.nanmedian(fare) - np.nanmean(fare) > 0.1


def test_a_missing_number_becomes_the_constant_before_it_is_scaled(world):
    fare = world.values("fare")
    expected = standardise(fill(fare, 0.0), fare)
    np.testing.assert_allclose(world.transformed["fare_at_zero_xf"], expected, atol=1e-5)


def test_log_is_the_zscore_of_log_1_plus_x_with_the_mean_logarithm_where_missing(world):
    logarithm = np.log1p(world.values("fare"))
    expected = standardise(fill(logarithm, np.nanmean(logarithm)), logarithm)
    np.testing.assert_allclose(world.transformed["fare_log_xf"], expected, atol=1e-5)


def test_a_constant_goes_through_the_logarithm_as_a_value_does(world):
    logarithm = np.log1p(world.values("fare"))
    expected = standardise(fill(logarithm, np.log1p(10.0)), logarithm)
    np.testing.assert_allclose(world.transformed["fare_log_at_ten_xf"], expected, atol=1e-5)


def test_log_takes_a_negative_number_as_0(world):
    below, zero = world.apply(fare=[-5.0, 0.0])["fare_log_xf"]
    logarithm = np.log1p(world.values("fare"))
    assert below == zero
    assert zero == pytest.approx(standardise(np.array(0.0), logarithm), abs=1e-5)


def test_minmax_maps_the_smallest_to_0_and_the_largest_to_1(world):
    fare = world.values("fare")
    filled = fill(fare, np.nanmedian(fare))
    expected = (filled - 5.25) / (47.25 - 5.25)
    np.testing.assert_allclose(world.transformed["fare_minmax_xf"], expected, atol=1e-6)


def test_minmax_holds_numbers_beyond_the_train_split_between_0_and_1(world):
    assert world.apply(fare=[-1e30, 1e30])["fare_minmax_xf"].tolist() == [0.0, 1.0]


def test_zscore_is_clipped_at_10_standard_deviations(world):
    outputs = world.apply(fare=[-1e30, 1e30])
    assert outputs["fare_xf"].tolist() == [-10.0, 10.0]
    assert outputs["fare_log_xf"][1] == 10.0


def test_an_infinite_number_counts_as_missing(world):
    outputs = world.apply(fare=[float("inf"), float("-inf"), None])
    assert outputs["fare_median_xf_missing"].tolist() == [1.0, 1.0, 1.0]
    assert len(set(outputs["fare_median_xf"].tolist())) == 1


def test_the_indicator_is_1_where_an_integer_is_missing_and_0_elsewhere(world):
    expected = [0.0] * 30
    expected[1] = expected[2] = 1.0
    assert world.transformed["age_xf_missing"].tolist() == expected


def test_an_integer_column_is_scaled_as_a_number(world):
    age = world.values("age")
    expected = standardise(fill(age, np.nanmean(age)), age)
    np.testing.assert_allclose(world.transformed["age_xf"], expected, atol=1e-5)


def test_an_expression_is_computed_from_its_columns(world):
    ratio = fare_per_mile(world)
    expected = standardise(fill(ratio, np.nanmean(ratio)), ratio)
    np.testing.assert_allclose(world.transformed["fare_per_mile_xf"], expected, atol=1e-5)


def test_a_division_by_zero_is_a_missing_value(world):
    missing = world.transformed["fare_per_mile_xf_missing"]
    # Rows 0 and 29 are divided by zero, row 3 has no fare, rows 5 and 6 have no miles.
    assert np.flatnonzero(missing).tolist() == [0, 3, 5, 6, 29]
    assert world.values("miles")[0] == 0.0


def test_a_column_of_one_value_becomes_0(world):
    assert world.transformed["constant_xf"].tolist() == [0.0] * 30
    assert world.transformed["constant_minmax_xf"].tolist() == [0.0] * 30


def test_a_column_without_any_value_becomes_0_and_is_marked_missing(world):
    assert world.transformed["nothing_xf"].tolist() == [0.0] * 30
    assert world.transformed["nothing_minmax_xf"].tolist() == [0.0] * 30
    assert world.transformed["nothing_xf_missing"].tolist() == [1.0] * 30


def test_robust_is_the_distance_to_the_median_in_interquartile_ranges(world):
    fare = world.values("fare")
    filled = fill(fare, np.nanmedian(fare))[:, np.newaxis]
    expected = RobustScaler().fit(fare[~np.isnan(fare), np.newaxis]).transform(filled)[:, 0]
    np.testing.assert_allclose(world.transformed["fare_robust_xf"], expected, atol=1e-5)
    outputs = world.apply(fare=[-3e38, 3e38, None])["fare_robust_xf"]
    np.testing.assert_allclose(outputs, [-10.0, 10.0, 0.0], atol=1e-6)


def test_rank_is_the_normal_score_of_scikit_learn_with_the_median_where_missing(world):
    age = world.values("age")
    present = age[~np.isnan(age), np.newaxis]
    model = QuantileTransformer(n_quantiles=len(present), output_distribution="normal")
    filled = fill(age, np.nanmedian(age))[:, np.newaxis]
    scores = world.transformed["age_rank_xf"]
    middle = np.argsort(filled[:, 0])[3:-3]
    expected = model.fit(present).transform(filled)[:, 0]
    # The percentiles of 28 rows are rows: each is as far off as a row's share of them, at most.
    assert np.max(np.abs(ndtr(scores) - ndtr(expected))) < 1 / 28
    assert np.all(np.diff(scores[middle]) >= 0)
    outputs = world.apply(age=[-(2**62), 2**62, None])
    np.testing.assert_allclose(outputs["age_rank_xf"][:2], [-5.1993, 5.1993], atol=1e-3)
    assert abs(outputs["age_rank_xf"][2]) < 0.1


def test_a_column_of_one_value_or_none_scales_to_0_whatever_the_scaling(world):
    assert world.transformed["constant_rank_xf"] == pytest.approx(0.0, abs=1e-6)
    assert world.transformed["nothing_robust_xf"].tolist() == [0.0] * 30


@pytest.mark.parametrize(("scaling", "buckets"), [("robust", 4), ("rank", 100)])
@pytest.mark.parametrize("huge", [1e15, float(np.finfo(np.float32).max)])
def test_a_huge_value_does_not_squeeze_the_others(scaling, buckets, huge):
    values = np.arange(1000, dtype=np.float32)
    learned = {
        "range": tf.constant([[0.0, huge]]),
        "quantiles": tf.constant(
            [np.quantile(values, np.linspace(0, 1, buckets + 1)[1:-1])], tf.float32
        ),
    }
    scaled = Numeric("fare", scaling=scaling).transform(values[:, np.newaxis], learned)[0].numpy()
    assert len(np.unique(scaled[:990])) == 990
    assert np.std(scaled) > 0.5


def test_a_missing_number_is_the_median_where_scaling_goes_by_quantiles():
    assert [Numeric("fare", scaling=one).impute for one in ("robust", "rank", "log")] == [
        "median",
        "median",
        "mean",
    ]
    assert Numeric("fare", scaling="rank", impute=3).impute == 3


def test_both_sides_of_the_network_get_the_number_and_the_indicator_as_they_are(encode):
    encoding = encode(Numeric("fare", missing_indicator=True))
    for side in (encoding.wide, encoding.deep):
        assert [tensor.name for tensor in side] == ["fare_xf", "fare_xf_missing"]


@pytest.mark.parametrize(
    ("arguments", "rule", "received"),
    [
        (
            {"scaling": "cube"},
            "scaling must be one of ('zscore', 'minmax', 'log', 'robust', 'rank')",
            "'cube'",
        ),
        (
            {"impute": "mode"},
            "impute must be one of ('mean', 'median') or a number",
            "'mode'",
        ),
        ({"uses": ("fare",)}, "value and uses go together", "('fare',)"),
        ({"value": lambda row: row["fare"]}, "value and uses go together", "()"),
    ],
)
def test_a_wrong_argument_is_refused_with_the_rule(arguments, rule, received):
    with pytest.raises(FeatureError) as caught:
        Numeric("fare", **arguments)
    assert str(caught.value) == (
        f"numeric feature 'fare': {rule}\n"
        f"  received: {received}\n"
        "  do:       correct this line of the feature list"
    )
