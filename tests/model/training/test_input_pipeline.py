import itertools
import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.training.input_pipeline import (
    Plan,
    batches_in_order,
    rechunk,
    shuffled_batches,
    steps_per_execution,
)
from model.training.rows import Layout
from model.training.shuffle import InMemory

LAYOUT = Layout({"x": 1}, {"id": 1}, "label")


def split_of(count: int) -> InMemory:
    """Rows whose id is their number, whose x is half of it, and whose label is odd or even."""
    numbers = np.arange(count)
    halves = (numbers / 2).astype(np.float32).view(np.int32)
    return InMemory([np.stack([halves, numbers, numbers % 2], axis=1).astype(np.int32)])


def ids(batches) -> list[int]:
    return [one for tensors, _ in batches for one in tensors["ids"].numpy()[:, 0]]


@given(st.integers(1, 5000), st.integers(1, 600), st.integers(1, 3000))
def test_no_batch_is_empty_or_too_large(rows, batch_size, eval_rows):
    steps = steps_per_execution(rows, batch_size, eval_rows)
    assert 1 <= steps <= min(32, eval_rows)
    for count, size in ((rows, batch_size), (eval_rows, 4 * batch_size)):
        plan = Plan.for_steps(count, size, steps)
        bounds = [0, *plan.bounds()]
        assert bounds[-1] == count
        for start, end in itertools.pairwise(bounds):
            cuts = [start + step * (end - start) // steps for step in range(steps + 1)]
            sizes = np.diff(cuts)
            assert sizes.min() >= 1
            assert sizes.max() <= size


@given(st.integers(2, 8), st.integers(0, 5000), st.integers(1, 600))
def test_replicas_share_each_batch_evenly_but_the_last(replicas, more_rows, batch_size):
    rows = 2 * replicas + more_rows
    assert steps_per_execution(rows, batch_size, 1, replicas) == 1
    plan = Plan.for_steps(rows, batch_size * replicas, 1, replicas)
    sizes = np.diff([0, *plan.bounds()])
    assert sizes.sum() == rows
    assert sizes.min() >= 1
    assert not (sizes[:-1] % replicas).any()


@pytest.mark.parametrize(
    ("rows", "batches", "largest"),
    [(12_000, 24, 500), (800_000, 1568, 511), (512, 1, 512), (513, 2, 257)],
)
def test_batches_have_about_the_size_that_was_asked_for(rows, batches, largest):
    plan = Plan.for_steps(rows, 512, steps_per_execution(rows, 512, 10_000))
    assert plan.batches == batches
    assert -(-rows // plan.batches) == largest


def test_batches_hold_tensors_and_labels_of_shape_batch_by_1():
    batches = list(batches_in_order(split_of(30), LAYOUT, Plan.for_steps(30, 8, 2)))
    assert [label.shape for _, label in batches] == [(7, 1), (8, 1), (7, 1), (8, 1)]
    tensors, label = batches[1]
    assert tensors["ids"].numpy()[:, 0].tolist() == list(range(7, 15))
    assert tensors["numbers"].numpy()[:, 0].tolist() == [number / 2 for number in range(7, 15)]
    assert label.numpy()[:, 0].tolist() == [number % 2 for number in range(7, 15)]


def test_in_order_each_pass_is_the_same():
    batches = batches_in_order(split_of(30), LAYOUT, Plan.for_steps(30, 8, 2))
    assert len(batches) == 4
    assert ids(batches) == ids(batches) == list(range(30))


def test_the_seed_decides_the_order_and_each_epoch_has_its_own():
    plan = Plan.for_steps(100, 8, 4)
    one, same, other = (shuffled_batches(split_of(100), LAYOUT, plan, seed) for seed in (1, 1, 2))
    first_epoch, second_epoch = ids(one), ids(one)
    assert ids(same) == first_epoch
    assert ids(other) != first_epoch
    assert second_epoch != first_epoch
    assert sorted(second_epoch) == sorted(first_epoch) == list(range(100))


@given(
    st.lists(st.integers(0, 9), min_size=1).filter(any), st.lists(st.integers(1, 20), max_size=5)
)
def test_chunks_end_where_they_should_and_lose_nothing(parts, ends):
    total = sum(parts)
    bounds = [*sorted(end for end in set(ends) if end < total), total]
    rows = iter(np.split(np.arange(total), np.cumsum(parts)[:-1]))
    chunks = list(rechunk(rows, bounds))
    assert np.cumsum([len(chunk) for chunk in chunks]).tolist() == bounds
    assert np.concatenate(chunks).tolist() == list(range(total))
