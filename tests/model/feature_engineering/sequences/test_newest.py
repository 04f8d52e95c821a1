from typing import Any

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from model.feature_engineering.sequences.newest import newest_events

rows = st.lists(
    st.tuples(st.lists(st.integers(1, 9), max_size=6), st.lists(st.integers(1, 9), max_size=6)),
    min_size=1,
    max_size=5,
)


def ragged(lists: list[list[int]]) -> Any:
    return tf.ragged.constant(lists, tf.int64, ragged_rank=1)


def plainly(pair: tuple[list[int], list[int]], last: int, newest_first: bool) -> Any:
    """Does in Python what is to be done with one row."""
    common = min(last, *map(len, pair))
    lists = pair if newest_first else [one[::-1] for one in pair]
    ends = [[0] * (last - common) + one[:common][::-1] for one in lists]
    return *ends, common, len(pair[0]) != len(pair[1])


@settings(max_examples=30, deadline=None)
@given(rows, st.integers(1, 5), st.booleans())
def test_the_newest_events_that_both_lists_have_are_taken(
    pairs: list[tuple[list[int], list[int]]], last: int, newest_first: bool
) -> None:
    lists = {"one": ragged([one for one, _ in pairs]), "two": ragged([two for _, two in pairs])}
    taken, counts, unequal = newest_events(lists, last, newest_first=newest_first)
    found = zip(*(one.numpy().tolist() for one in (*taken.values(), counts, unequal)), strict=True)
    assert [*found] == [plainly(pair, last, newest_first) for pair in pairs]


@pytest.mark.parametrize("newest_first", [False, True])
def test_no_row_at_all_is_none_afterwards(newest_first: bool) -> None:
    taken, counts, unequal = newest_events({"one": ragged([])}, 3, newest_first=newest_first)
    assert taken["one"].shape == (0, 3)
    assert (counts.shape, unequal.shape) == ((0,), (0,))
