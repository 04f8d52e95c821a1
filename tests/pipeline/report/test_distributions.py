"""Distributions of columns, from the very statistics that the pipeline computes."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import statistics_pb2

from pipeline.report.distributions import Distribution, distribution
from zeroskew.statistics.compute import statistics_of


def distribution_of(**sets: list[object]) -> Distribution:
    """Returns the distribution of a column in data sets, a value or None for each row."""
    found: dict[str, statistics_pb2.FeatureNameStatistics] = {}
    for name, values in sets.items():
        lists = pa.array([[] if one is None else [one] for one in values])
        (dataset,) = statistics_of([pa.RecordBatch.from_pydict({"c": lists})]).datasets
        found[name] = dataset.features[0]
    return distribution(found, {name: len(values) for name, values in sets.items()})


def shares(found: Distribution) -> dict[str, list[float]]:
    return {bar.label: [round(share, 3) for share in bar.shares] for bar in found.bars}


def test_words_are_shares_of_the_rows_that_have_one() -> None:
    found = distribution_of(train=["a", "a", "b", None], eval=["b", "b", "c", "c"])
    assert shares(found) == {"a": [0.667, 0.0], "b": [0.333, 0.5], "all others": [0.0, 0.5]}
    assert found.missing == [0.25, 0.0]
    assert found.facts == {"different values": "2"}
    assert found.distance(0, 1) == pytest.approx(2 / 3)


def test_the_most_frequent_words_are_shown_and_all_others_are_one_bar() -> None:
    words: list[object] = [
        letter for place, letter in enumerate("abcdefghijkl") for _ in range(20 - place)
    ]
    found = distribution_of(train=words)
    assert [bar.label for bar in found.bars] == [*"abcdefgh", "all others"]
    assert sum(bar.shares[0] for bar in found.bars) == pytest.approx(1.0)


def test_whole_numbers_of_a_small_range_have_a_bar_each() -> None:
    found = distribution_of(train=[1, 1, 2, 4], eval=[4, 4, 4, 4])
    assert list(shares(found)) == ["1", "2", "3", "4"]
    assert found.bars[3].shares[1] == pytest.approx(1.0, abs=0.05)
    assert found.facts == {"least": "1", "median": "2", "mean": "2", "greatest": "4"}


@given(st.lists(st.integers(-5, 6), min_size=1, max_size=60))
def test_whole_numbers_are_dealt_to_bars_that_hold_all_of_them(values: list[int]) -> None:
    found = distribution_of(train=[*values])
    assert [bar.label for bar in found.bars] == [
        str(one) for one in range(min(values), max(values) + 1)
    ]
    assert sum(bar.shares[0] for bar in found.bars) == pytest.approx(1.0)
    if max(values) - min(values) < 9:
        # Of ten buckets, each holds one whole number at most.
        for bar in found.bars:
            expected = values.count(int(bar.label)) / len(values)
            assert bar.shares[0] == pytest.approx(expected, abs=0.02)


def test_a_few_values_far_out_do_not_squeeze_the_others() -> None:
    near: list[object] = [place / 10 for place in range(1000)]
    found = distribution_of(train=[*near, 1e9])
    assert len(found.bars) == 12
    assert max(bar.shares[0] for bar in found.bars) < 0.2


@given(st.lists(st.floats(-1e9, 1e9, width=32), min_size=1, max_size=50))
def test_the_bars_of_any_numbers_hold_all_of_them(values: list[object]) -> None:
    found = distribution_of(train=values)
    assert sum(bar.shares[0] for bar in found.bars) == pytest.approx(1.0)
    assert min(bar.shares[0] for bar in found.bars) >= 0


def test_what_is_missing_is_a_difference_too() -> None:
    found = distribution_of(train=[1.5, 1.5, None], eval=[1.5, 1.5, 1.5])
    assert found.missing == [pytest.approx(1 / 3), 0.0]
    assert found.distance(0, 1) == pytest.approx(1 / 3)


def test_a_column_without_any_value_has_no_bars() -> None:
    (dataset,) = statistics_of(
        [pa.RecordBatch.from_pydict({"c": pa.array([[], []], pa.list_(pa.float32()))})]
    ).datasets
    found = distribution({"train": dataset.features[0]}, {"train": 2})
    assert (found.bars, found.missing) == ([], [1.0])


def test_the_bars_of_a_data_set_without_a_value_are_empty() -> None:
    sets = {}
    for name, values in (("train", [[1.5], [2.5]]), ("eval", [[], []])):
        lists = pa.array(values, pa.list_(pa.float32()))
        (dataset,) = statistics_of([pa.RecordBatch.from_pydict({"c": lists})]).datasets
        sets[name] = dataset.features[0]
    found = distribution(sets, {"train": 2, "eval": 2})
    assert sum(bar.shares[0] for bar in found.bars) == pytest.approx(1.0)
    assert [bar.shares[1] for bar in found.bars] == [0.0] * len(found.bars)
    assert (found.missing, found.distance(0, 1)) == ([0.0, 1.0], 1.0)
