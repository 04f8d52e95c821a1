"""Which rows are in which slice, by the settings."""

import itertools
import math
import tracemalloc
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_model_analysis.proto import config_pb2

from model.evaluation.metrics import slice_name
from model.evaluation.slices import MOST_VALUES, Slices
from model.feature_engineering.columns import Column
from model.slice_settings import parse_slices

COLUMNS = {
    column.name: column
    for column in (
        Column("fare", "FLOAT"),
        Column("hour", "INT"),
        Column("company", "BYTES"),
        Column("tags", "BYTES", None),
        Column("viewed", "INT", None),
    )
}

Rows = Sequence[tuple[Any, ...]]


def slices_of(setting: Any, batch: int = 1000, **columns: Rows) -> dict[str, list[int]]:
    """Adds rows in batches; returns the places of each slice's rows."""
    (by,) = parse_slices([setting])
    slices = Slices(config_pb2.SlicingSpec(feature_keys=by.columns), by, COLUMNS)
    rows = len(next(iter(columns.values())))
    for start in range(0, rows, batch):
        part = {name: values[start : start + batch] for name, values in columns.items()}
        slices.add(min(batch, rows - start), part)
    return {slice_name(key): places.tolist() for key, places in slices.places()}


def single(*values: Any) -> Rows:
    return [() if value is None else (value,) for value in values]


def test_a_number_is_cut_at_its_edges_and_each_range_holds_its_lower_end() -> None:
    fares = single(20.0, -5.0, 9.99, 10.0, None, math.inf, math.nan, 19.0)
    assert slices_of({"fare": [10, 20]}, fare=fares) == {
        "fare=below 10": [1, 2],
        "fare=10 to 20": [3, 7],
        "fare=20 and more": [0, 5],
        "fare=missing": [4, 6],
    }


def test_a_fraction_of_32_bits_is_not_below_itself() -> None:
    fares = single(float(np.float32(0.7)), float(np.float32(0.69)))
    assert slices_of({"fare": [0.7]}, fare=fares) == {
        "fare=below 0.7": [1],
        "fare=0.7 and more": [0],
    }


def test_quantiles_hold_as_many_rows_each() -> None:
    fares = single(*(one / 8 for one in range(1000)), None)
    found = slices_of({"fare": {"quantiles": 4}}, fare=fares)
    assert {name: len(places) for name, places in found.items()} == {
        "fare=below 31.25": 250,
        "fare=31.25 to 62.5": 250,
        "fare=62.5 to 93.75": 250,
        "fare=93.75 and more": 250,
        "fare=missing": 1,
    }


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([None, math.nan], ["fare=missing"]),
        ([math.inf, -math.inf], ["fare=any"]),
        ([3.0] * 9, ["fare=3 and more"]),
        ([0.0] * 90 + [1.0] * 10, ["fare=0 and more"]),
        ([16000001.0, 16000005.0], ["fare=16000005 and more", "fare=below 16000005"]),
        ([12345.0, 54321.0] * 50 + [54320.0], ["fare=54320 and more", "fare=below 54320"]),
    ],
)
def test_quantiles_of_odd_numbers(values: list[Any], names: list[str]) -> None:
    found = slices_of({"fare": {"quantiles": 2}}, fare=single(*values))
    assert sorted(found) == names


def test_texts_and_rows_without_one() -> None:
    companies = single(b"Blue", None, b"", b"Red", b"Blue")
    assert slices_of("company", company=companies) == {
        "company=Blue": [0, 4],
        "company=missing": [1, 2],
        "company=Red": [3],
    }


def test_a_row_of_several_texts_is_in_the_slice_of_each() -> None:
    tags: Rows = [(b"a", b"b"), (), (b"b", b"b"), (b"", b"a"), (b"",)]
    assert slices_of("tags", tags=tags) == {
        "tags=a": [0, 3],
        "tags=b": [0, 2],
        "tags=missing": [1, 4],
    }


def test_few_whole_numbers_stand_alone_and_0_is_not_missing() -> None:
    hours = single(*(hour % MOST_VALUES for hour in range(100)), None)[::-1]
    found = slices_of("hour", hour=hours)
    assert len(found) == MOST_VALUES + 1
    assert (found["hour=0"], found["hour=missing"]) == ([50, 100], [0])


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_many_whole_numbers_are_cut_into_quantiles(batch: int) -> None:
    hours = single(*range(200), None)
    found = slices_of("hour", batch, hour=hours)
    assert {name: (places[0], places[-1]) for name, places in found.items()} == {
        "hour=below 50": (0, 49),
        "hour=50 to 100": (50, 99),
        "hour=100 to 150": (100, 149),
        "hour=150 and more": (150, 199),
        "hour=missing": (200, 200),
    }


def test_many_numbers_in_lists_stay_values() -> None:
    found = slices_of("viewed", viewed=[(one, one + 1) for one in range(200)])
    assert len(found) == 201
    assert found["viewed=7"] == [6, 7]


def test_pairs_are_named_in_the_order_of_their_columns() -> None:
    found = slices_of(
        ["hour", {"fare": [10]}], hour=single(1, 2, None, 1), fare=single(5.0, 15.0, 5.0, None)
    )
    assert found == {
        "fare=below 10, hour=1": [0],
        "fare=10 and more, hour=2": [1],
        "fare=below 10, hour=missing": [2],
        "fare=missing, hour=1": [3],
    }


FLOATS = st.none() | st.floats(width=32)
EDGES = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=5, unique=True).map(sorted)


@given(st.lists(FLOATS, min_size=1, max_size=40), EDGES, st.integers(1, 50))
def test_each_row_with_a_value_is_in_exactly_one_range(
    fares: list[float | None], edges: list[float], batch: int
) -> None:
    found = slices_of({"fare": edges}, batch, fare=single(*fares))
    missing = [row for row, one in enumerate(fares) if one is None or math.isnan(one)]
    assert found.get("fare=missing", []) == missing
    assert sorted(itertools.chain(*found.values())) == list(range(len(fares)))
    for name, places in found.items():
        for place in places if name != "fare=missing" else ():
            at_least = [edge for edge in edges if fares[place] >= edge]  # type: ignore[operator]
            low = repr(float(at_least[-1])).removesuffix(".0") if at_least else "below"
            assert name.startswith(f"fare={low} ")


@given(
    st.lists(
        st.tuples(
            FLOATS, st.none() | st.integers(-(2**40), 2**40), st.sampled_from("ab") | st.none()
        ),
        min_size=1,
        max_size=120,
    ),
    st.integers(2, 6),
    st.integers(1, 200),
)
def test_pairs_partition_the_rows(
    rows: list[tuple[float | None, int | None, str | None]], parts: int, batch: int
) -> None:
    fares, hours, companies = zip(*rows, strict=True)
    columns = {
        "fare": single(*fares),
        "hour": single(*hours),
        "company": single(*(one and one.encode() for one in companies)),
    }
    for pair in itertools.permutations([{"fare": {"quantiles": parts}}, "hour", "company"], 2):
        names = [name for one in pair for name in (one if isinstance(one, dict) else [one])]
        found = slices_of(list(pair), batch, **{name: columns[name] for name in names})
        assert sorted(itertools.chain(*found.values())) == list(range(len(rows)))
        for name in names:
            alone = slices_of(pair[names.index(name)], batch, **{name: columns[name]})
            for part, places in alone.items():
                mine = [found[one] for one in found if part in one.split(", ")]
                assert sorted(itertools.chain(*mine)) == places


def test_a_row_takes_few_bytes_however_many_values_there_are() -> None:
    (by,) = parse_slices([["hour", {"fare": [10]}]])
    slices = Slices(config_pb2.SlicingSpec(feature_keys=by.columns), by, COLUMNS)
    batch, batches = 10_000, 30
    tracemalloc.start()
    for number in range(batches):
        values = range(number * batch, (number + 1) * batch)
        slices.add(batch, {"hour": single(*values), "fare": single(*map(float, values))})
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / (batch * batches) < 13
    assert len(list(slices.places())) == 5
