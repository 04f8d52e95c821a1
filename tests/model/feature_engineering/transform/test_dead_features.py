from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from model import Bucketized, FeatureSet, Numeric, PiecewiseLinear, YesNo
from model.feature_engineering.feature_set import FeatureSet as Features
from model.feature_engineering.kinds import Feature
from model.feature_engineering.transform.dead_features import find_dead
from zeroskew.statistics.compute import StatisticsCounter

LABEL = YesNo("yes", lambda row: row["answer"] > 0, uses=("answer",))
NORMAL = np.random.default_rng(0).normal(size=1000).astype(np.float32)
SQUEEZED = (
    "is nearly the same in eight of ten rows after Transform, since a few huge values squeeze the "
    'others: scaling="robust" or scaling="rank" keeps them apart'
)


def statistics(columns: Mapping[str, np.ndarray]) -> Any:
    counter = StatisticsCounter()
    lists = {
        name: pa.array(list(values if values.ndim > 1 else values[:, np.newaxis]))
        for name, values in columns.items()
    }
    part = counter.add(counter.start(), pa.RecordBatch.from_pydict(lists))
    (dataset,) = counter.finish([part]).datasets
    return dataset


def dead(feature: Feature, raw: np.ndarray, **transformed: np.ndarray) -> dict[str, str]:
    before = statistics({feature.sources[0]: raw})
    return find_dead(before, statistics(transformed), Features(LABEL, [feature]))


def zscores(values: np.ndarray) -> np.ndarray:
    exact = values.astype(np.float64)
    return np.clip((exact - exact.mean()) / exact.std(), -10, 10).astype(np.float32)


@pytest.mark.parametrize("huge", [1e4, 1e15, 1e30])
def test_a_zscore_that_one_value_squeezes_is_reported(huge: float) -> None:
    raw = np.concatenate([NORMAL, [np.float32(huge)]])
    assert dead(Numeric("fare"), raw, fare_xf=zscores(raw)) == {"fare": SQUEEZED}


def test_a_zscore_of_sound_values_is_not() -> None:
    assert dead(Numeric("fare"), NORMAL, fare_xf=zscores(NORMAL)) == {}


def test_nor_is_one_that_is_the_same_in_most_rows_from_the_start() -> None:
    raw = np.concatenate([np.zeros(950, np.float32), NORMAL[:50] ** 2])
    assert dead(Numeric("tolls"), raw, tolls_xf=zscores(raw)) == {}


def test_a_feature_of_one_value_is_reported_with_what_it_reads() -> None:
    feature = Bucketized("age", name="age_bucket", buckets=4)
    assert dead(feature, NORMAL, age_bucket_xf=np.full(1000, 3)) == {
        "age_bucket": "is the same in every row after Transform: remove it, or look at what it "
        "reads, 'age'"
    }


def test_a_feature_lives_while_one_of_its_tensors_does() -> None:
    feature = Numeric("age", missing_indicator=True)
    indicator = (NORMAL > 0).astype(np.float32)
    nothing = np.zeros(1000, np.float32)
    assert dead(feature, NORMAL, age_xf=nothing, age_xf_missing=indicator).keys() == {"age"}
    feature = PiecewiseLinear("age", bins=2)
    nothing = np.zeros((1000, 2), np.float32)
    assert dead(feature, NORMAL, age_xf=nothing, age_xf_missing=indicator) == {}
    assert dead(feature, NORMAL, age_xf=nothing, age_xf_missing=nothing[:, 0]).keys() == {"age"}


def test_of_a_tensor_without_statistics_nothing_is_said() -> None:
    assert find_dead(statistics({}), statistics({}), FeatureSet(LABEL, [Numeric("fare")])) == {}
