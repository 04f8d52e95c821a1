"""The statistics of record batches, of one split, on one core and on several."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from made_up_columns import MANY, made_up, rows_of
from tensorflow_metadata.proto.v0 import statistics_pb2

from benchmarks.statistics_difference import find_differences
from zeroskew.statistics.compute import statistics_of, statistics_of_files


def test_the_same_on_any_number_of_cores(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(map(str, Path(folder, "Split-many").iterdir()))
    several = statistics_of_files(files)
    monkeypatch.setattr("zeroskew.statistics.compute.cores", lambda: 1)
    assert statistics_of_files(files).SerializeToString(deterministic=True) == (
        several.SerializeToString(deterministic=True)
    )


class TestOfRecordBatches:
    def test_equal_to_those_of_the_examples(self, folder: Path) -> None:
        columns = made_up(np.random.default_rng(3))
        rows = pa.RecordBatch.from_pydict(columns)
        received = statistics_of([rows.slice(start, 5000) for start in range(0, MANY, 5000)])
        examples = rows_of(folder / "Split-many")
        assert find_differences(statistics_of(examples), received, examples) == []

    def test_types_of_plain_columns(self) -> None:
        rows = pa.RecordBatch.from_pydict(
            {
                "flag": pa.array([True, False, None]),
                "small": pa.array([1, 2, None], pa.int8()),
                "number": pa.array([0.1, None, 0.3], pa.float64()),
                "text": pa.array(["a", "a", None]),
                "unknown": pa.nulls(3),
            }
        )
        (dataset,) = statistics_of([rows]).datasets
        found = {feature.path.step[0]: feature for feature in dataset.features}
        assert {name: feature.type for name, feature in found.items()} == {
            "flag": statistics_pb2.FeatureNameStatistics.INT,
            "small": statistics_pb2.FeatureNameStatistics.INT,
            "number": statistics_pb2.FeatureNameStatistics.FLOAT,
            "text": statistics_pb2.FeatureNameStatistics.STRING,
            "unknown": statistics_pb2.FeatureNameStatistics.STRING,
        }
        assert found["number"].num_stats.max == np.float32(0.3)
        assert found["text"].string_stats.common_stats.tot_num_values == 2
        assert found["text"].string_stats.common_stats.num_missing == 0
        assert found["text"].string_stats.unique == 1
        assert found["unknown"].string_stats.common_stats.num_missing == 3

    def test_no_rows(self) -> None:
        assert statistics_of([]) == statistics_pb2.DatasetFeatureStatisticsList(
            datasets=[statistics_pb2.DatasetFeatureStatistics()]
        )
