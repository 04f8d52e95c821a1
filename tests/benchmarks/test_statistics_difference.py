from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import statistics_pb2

from benchmarks.statistics_difference import Difference, find_differences

VALUES = np.arange(10_000, dtype=np.float64)
ROWS = pa.RecordBatch.from_pydict(
    {
        "fare": pa.array([[value] for value in VALUES], pa.large_list(pa.float32())),
        "company": pa.array([[b"Blue"]] * 10_000, pa.large_list(pa.large_binary())),
    }
)


def bucket(low: float, high: float, count: float) -> str:
    return f"buckets {{ low_value: {low} high_value: {high} sample_count: {count} }}"


def statistics() -> Any:
    tenths = [bucket(1000 * tenth, 1000 * tenth + 1000, 1000) for tenth in range(10)]
    of_ones = [bucket(1, 1, 1000)] * 10
    return text_format.Parse(
        f"""datasets {{
          num_examples: 10000
          features {{
            path {{ step: "fare" }} type: FLOAT
            num_stats {{
              common_stats {{ num_non_missing: 10000
                num_values_histogram {{ {" ".join(of_ones)} type: QUANTILES }} }}
              mean: 4999.5 std_dev: 2886.75 median: 5000 max: 9999
              histograms {{ {" ".join(tenths)} type: STANDARD }}
              histograms {{ {" ".join(tenths)} type: QUANTILES }}
            }}
          }}
          features {{
            path {{ step: "company" }} type: STRING
            string_stats {{ unique: 1 top_values {{ value: "Blue" frequency: 10000 }} }}
          }}
        }}""",
        statistics_pb2.DatasetFeatureStatisticsList(),
    )


def differences(change: Callable[[Any], object]) -> list[Difference]:
    changed = statistics()
    change(changed.datasets[0])
    return find_differences(statistics(), changed, [ROWS])


def fare(dataset: Any) -> Any:
    return dataset.features[0].num_stats


def company(dataset: Any) -> Any:
    return dataset.features[1].string_stats


def test_equal_statistics() -> None:
    assert differences(lambda dataset: None) == []


def test_the_order_of_features_does_not_matter() -> None:
    assert differences(lambda dataset: dataset.features.reverse()) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda dataset: setattr(dataset, "num_examples", 9_999),
            Difference("", "num_examples", 10_000, 9_999),
        ),
        (
            lambda dataset: dataset.features.pop(),
            Difference("", "features", ["company", "fare"], ["fare"]),
        ),
        (
            lambda dataset: setattr(company(dataset), "unique", 2),
            Difference("company", "string_stats.unique", 1, 2),
        ),
        (
            lambda dataset: setattr(company(dataset).top_values[0], "value", "Red"),
            Difference("company", "string_stats.top_values[0].value", "Blue", "Red"),
        ),
        (
            lambda dataset: fare(dataset).ClearField("max"),
            Difference("fare", "num_stats.max", 9999.0, None),
        ),
        (
            lambda dataset: setattr(fare(dataset), "num_zeros", 1),
            Difference("fare", "num_stats.num_zeros", None, 1),
        ),
        (
            lambda dataset: setattr(fare(dataset), "mean", 4999.5001),
            Difference("fare", "num_stats.mean", 4999.5, 4999.5001),
        ),
        (
            lambda dataset: setattr(fare(dataset), "median", 5030),
            Difference("fare", "num_stats.median", "rank 0.5", "off by 0.0030"),
        ),
        (
            lambda dataset: setattr(fare(dataset).histograms[0].buckets[3], "sample_count", 1030),
            Difference("fare", "num_stats.histograms[0]", "within 0.0021", "off by 0.0030"),
        ),
        (
            lambda dataset: setattr(fare(dataset).histograms[0].buckets[3], "low_value", 3030),
            Difference("fare", "num_stats.histograms[0].buckets[3].low_value", 3000.0, 3030.0),
        ),
        (
            lambda dataset: setattr(fare(dataset).histograms[1].buckets[3], "high_value", 4030),
            Difference("fare", "num_stats.histograms[1]", "within 0.0021", "off by 0.0030"),
        ),
        (
            lambda dataset: setattr(fare(dataset).histograms[1].buckets[3], "sample_count", 970),
            Difference("fare", "num_stats.histograms[1]", "within 0.0021", "off by 0.0030"),
        ),
        (
            lambda dataset: setattr(
                fare(dataset).common_stats.num_values_histogram.buckets[0], "high_value", 0
            ),
            Difference(
                "fare",
                "num_stats.common_stats.num_values_histogram",
                "within 0.0021",
                "off by 0.1000",
            ),
        ),
    ],
)
def test_differences(change: Callable[[Any], object], expected: Difference) -> None:
    assert differences(change) == [expected]


@pytest.mark.parametrize(
    "change",
    [
        lambda dataset: setattr(fare(dataset), "mean", 4999.5 + 1e-6),
        lambda dataset: setattr(fare(dataset), "median", 5015),
        lambda dataset: setattr(fare(dataset).histograms[0].buckets[3], "sample_count", 1015),
        lambda dataset: setattr(fare(dataset).histograms[1].buckets[3], "high_value", 4015),
    ],
)
def test_what_may_differ(change: Callable[[Any], object]) -> None:
    assert differences(change) == []
