"""Which rows teach a network, and which end its training."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.training.dealing import folds
from model.training.rows import Layout
from model.training.shuffle import InMemory, Split

LAYOUT = Layout({"x": 1}, {}, "y")


def rows_of(split: Split) -> list[list[int]]:
    return np.concatenate([*split.in_order()]).tolist()


@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.integers(2, 6))
def test_each_row_ends_the_training_of_one_network_and_teaches_the_others(
    labels: list[int], members: int
) -> None:
    rows = np.array([*enumerate(labels)], np.int32)
    pairs = folds([InMemory([rows[:1]]), InMemory([rows[1:]])], members, LAYOUT)
    assert len(pairs) == min(members, len(labels))
    for taught, kept in pairs:
        assert sorted(rows_of(taught) + rows_of(kept)) == rows.tolist()
    assert sorted(row for _, kept in pairs for row in rows_of(kept)) == rows.tolist()
    for label in set(labels):
        counts = [sum(row[1] == label for row in rows_of(kept)) for _, kept in pairs]
        assert max(counts) - min(counts) <= 1
