"""Rows that were served, against the statistics of the training."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_ingestion.gate.served_columns import Limits, ServedColumn, compare_served
from data_ingestion.schema.inference import compute_statistics
from zeroskew.errors import DataError

TYPES = {"fare": "FLOAT", "month": "INT", "way": "BYTES", "tags": "BYTES", "vector": "FLOAT"}


def rows(count: int, seed: int = 0, **changed: Any) -> pa.RecordBatch:
    generator = np.random.default_rng(seed)
    columns = {
        "fare": generator.exponential(10, count),
        "month": generator.integers(1, 13, count),
        "way": generator.choice([b"Cash", b"Card", b"Prepaid"], count, p=[0.6, 0.3, 0.1]),
        "tags": [[b"a"], [b"a", b"b"]] * (count // 2) + [[b"a"]] * (count % 2),
        "vector": generator.normal(size=(count, 2)).tolist(),
    }
    return pa.RecordBatch.from_pydict({**columns, **changed})


@pytest.fixture(scope="module")
def training() -> Any:
    return compute_statistics([rows(4000)])


def found(training: Any, *batches: pa.RecordBatch, **limits: float) -> dict[str, ServedColumn]:
    served = compare_served(TYPES, training, batches, Limits(**limits))
    return {one.name: one for one in served.columns}


def alarms(training: Any, *batches: pa.RecordBatch, **limits: float) -> dict[str, tuple[str, ...]]:
    columns = found(training, *batches, **limits)
    return {name: tuple(one.alarms) for name, one in columns.items() if one.alarms}


@settings(max_examples=15, deadline=None)
@given(count=st.integers(1, 300), seed=st.integers(0, 10_000))
def test_rows_like_those_of_the_training_give_no_alarm_however_few_they_are(training, count, seed):
    assert alarms(training, rows(count, seed)) == {}


def test_what_is_measured_is_what_is_there(training):
    half = [None if row % 2 else 3.0 for row in range(100)]
    ways = [b"Coin"] * 25 + [b"Cash"] * 75
    served = rows(100, 1, fare=half, way=ways, month=[13] * 10 + [1] * 90)
    columns = found(training, served.slice(0, 40), served.slice(40))
    assert (columns["fare"].missing, columns["fare"].missing_in_training) == (0.5, 0.0)
    assert columns["way"].unseen == 0.25
    assert (columns["way"].outside, columns["fare"].unseen) == (None, None)
    assert columns["month"].outside == pytest.approx(0.1)
    assert columns["way"].measure == "infinity norm"
    assert columns["way"].distance == pytest.approx(0.3, abs=0.03)
    assert columns["fare"].measure == "Jensen-Shannon divergence"


@pytest.mark.parametrize(
    ("changed", "alarm"),
    [
        ({"way": [b"Coin"] * 300}, "100.00% of the values were not in training"),
        ({"tags": [[b"new"]] * 300}, "100.00% of the values were not in training"),
        ({"way": [b"Cash"] * 300}, "infinity norm 0.4"),
        ({"way": [None] * 300}, "missing in 100.00% of the rows, 0.00% in training"),
        ({"month": [13] * 300}, "100.00% of the numbers are beyond those of training"),
        ({"month": [1] * 300}, "Jensen-Shannon divergence"),
        ({"vector": [[9.0, 9.0]] * 300}, "beyond those of training"),
        ({"fare": [20.0 + row / 30 for row in range(300)]}, "beyond a tenth at one end"),
    ],
)
def test_what_surely_differs_is_an_alarm(training, changed, alarm):
    ((column, texts),) = alarms(training, rows(300, 1, **changed)).items()
    assert column in changed
    assert any(alarm in text for text in texts), texts
    generous = {"distance": 1.0, "missing": 1.0, "unseen": 1.0, "outside": 1.0}
    assert alarms(training, rows(300, 1, **changed), **generous) == {}


def test_an_outlier_of_the_training_does_not_hide_that_all_numbers_have_moved():
    trained = compute_statistics([rows(4000, fare=[*range(1, 4000), 10**7])])
    served = rows(300, 1, fare=[50_000.0] * 300)
    assert "beyond a tenth at one end" in alarms(trained, served)["fare"][-1]


def test_new_words_are_not_told_where_the_training_had_too_many_to_list():
    many = [f"word {number}".encode() for number in range(4000)]
    columns = found(compute_statistics([rows(4000, way=many)]), rows(300, 1, way=[b"Coin"] * 300))
    assert columns["way"].unseen is None


def test_a_column_that_is_not_logged_is_not_compared(training):
    served = _without(rows(300))
    assert [*found(training, served)] == ["fare", "month", "tags", "vector"]


def _without(batch: pa.RecordBatch) -> pa.RecordBatch:
    kept = [name for name in batch.schema.names if name != "way"]
    return pa.RecordBatch.from_pydict({name: batch.column(name) for name in kept})


def test_no_rows_are_an_error(training):
    def none() -> Iterator[pa.RecordBatch]:
        yield from ()

    with pytest.raises(DataError, match="at least one row"):
        compare_served(TYPES, training, none(), Limits())
