"""Dates that were there and could not be read."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf

from model import DateTime, FeatureSet, Numeric, YesNo
from model.feature_engineering.columns import MISSING_INT
from model.feature_engineering.transform.unread_dates import find_unread
from zeroskew.statistics.compute import StatisticsCounter

LABEL = YesNo("yes", lambda row: row["answer"] > 0, uses=("answer",))
FORMAT = "say its format, or correct the data"
UNIT = "say its unit, or correct the data"


def statistics(**columns: pa.Array) -> Any:
    counter = StatisticsCounter()
    part = counter.add(counter.start(), pa.RecordBatch.from_pydict(columns))
    (dataset,) = counter.finish([part]).datasets
    return dataset


def unread(feature: DateTime, values: Sequence[Any]) -> dict[str, str]:
    """What is said of a feature that reads a value of each row; None where there is none."""
    missing = "" if any(isinstance(one, str) for one in values) else MISSING_INT
    tensor = tf.constant([missing if one is None else one for one in values])
    read = feature.read({feature.column: tensor}, {})
    *_, indicator = feature.transform(read, {})
    before = statistics(
        **{feature.column: pa.array([one if one is None else [one] for one in values])}
    )
    after = statistics(
        **{f"{feature.key}_missing": pa.array(indicator.numpy()[:, np.newaxis].tolist())}
    )
    return find_unread(before, after, FeatureSet(LABEL, [feature]))


def test_text_of_another_format_is_counted_by_rows_that_hold_text() -> None:
    values = ["2024-05-01"] * 1500 + ["1.5.2024"] * 1234 + [None] * 7
    assert unread(DateTime("scheduled"), values) == {
        "scheduled": f"took 1,234 of 2,734 rows' text as no date: {FORMAT}"
    }
    assert unread(DateTime("scheduled", format="%d.%m.%Y"), values) == {
        "scheduled": f"took 1,500 of 2,734 rows' text as no date: {FORMAT}"
    }


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_is_missing_is_no_mistake(nothing: str | None) -> None:
    assert unread(DateTime("scheduled"), ["2024-05-01", nothing, "2024-05-02", nothing]) == {}


def test_an_empty_text_is_not_counted_beside_a_wrong_one() -> None:
    assert unread(DateTime("scheduled"), ["2024-05-01", "", "soon", "", ""]) == {
        "scheduled": f"took 1 of 2 rows' text as no date: {FORMAT}"
    }


def test_numbers_of_another_unit_are_counted() -> None:
    values = [1_714_521_600_000, 1_714_521_600, 1_714_521_600_001, None]
    assert unread(DateTime("clicked"), values) == {
        "clicked": f"took 2 of 3 rows' numbers as no date: {UNIT}"
    }
    assert unread(DateTime("clicked", unit="ms"), values) == {}


def test_nothing_is_said_where_a_number_stands_for_none() -> None:
    assert unread(DateTime("clicked"), [10**15, MISSING_INT, 0]) == {}


def test_of_other_kinds_and_without_statistics_nothing_is_said() -> None:
    for feature in (Numeric("fare"), DateTime("scheduled")):
        assert find_unread(statistics(), statistics(), FeatureSet(LABEL, [feature])) == {}
