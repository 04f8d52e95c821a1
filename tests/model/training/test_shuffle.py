"""Every order of the rows is possible, wherever they are held."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.training import shuffle
from model.training.shuffle import Holder, InMemory, OnDisk, Repeated, Split
from zeroskew.errors import DataError

HOLDS = ["memory", "disk"]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes chunks and files so small that a few rows need several."""
    monkeypatch.setattr(shuffle, "_CHUNK_ROWS", 7)
    monkeypatch.setattr(shuffle, "_FILES", 4)


def parts_of(count: int, of: int = 3) -> list[np.ndarray]:
    return np.array_split(np.arange(2 * count, dtype=np.int32).reshape(count, 2), of)


def held(where: str, count: int) -> Split:
    parts = parts_of(count)
    return InMemory(parts) if where == "memory" else OnDisk(parts, np.random.default_rng(1))


def order(split: Split, seed: int) -> list[int]:
    chunks = list(split.shuffled(np.random.default_rng(seed)))
    rows = np.concatenate(chunks)
    assert rows.shape[1] == 2
    assert (rows[:, 1] == rows[:, 0] + 1).all()
    return (rows[:, 0] // 2).tolist()


@pytest.mark.parametrize("where", HOLDS)
@given(count=st.integers(1, 60), seed=st.integers(0, 5))
def test_each_row_comes_once_and_the_seed_decides_when(where: str, count: int, seed: int) -> None:
    split = held(where, count)
    assert split.rows == count
    assert sorted(order(split, seed)) == list(range(count))
    assert order(split, seed) == order(split, seed)


@pytest.mark.parametrize("where", HOLDS)
def test_another_seed_gives_another_order(where: str) -> None:
    split = held(where, 60)
    assert order(split, 1) != order(split, 2)


@pytest.mark.parametrize("where", HOLDS)
def test_a_row_may_come_anywhere_whatever_its_place_was(where: str) -> None:
    """Over many epochs, the first of 40 rows is in each quarter as often as in any other."""
    places = [
        order(held_once, seed).index(0)
        for seed in range(400)
        for held_once in [
            InMemory(parts_of(40))
            if where == "memory"
            else OnDisk(parts_of(40), np.random.default_rng(seed))
        ]
    ]
    quarters = np.bincount(np.array(places) // 10, minlength=4)
    assert quarters.sum() == 400
    assert quarters.min() > 60, quarters


@pytest.mark.parametrize("where", HOLDS)
def test_in_order_is_the_same_each_time(where: str) -> None:
    split = held(where, 20)
    first, second = (np.concatenate(list(split.in_order()))[:, 0].tolist() for _ in range(2))
    assert first == second
    assert sorted(first) == list(range(0, 40, 2))


def test_in_memory_the_rows_keep_their_order() -> None:
    split = held("memory", 20)
    assert np.concatenate(list(split.in_order()))[:, 0].tolist() == list(range(0, 40, 2))


def take_in(parts: Iterable[np.ndarray], limit: int) -> Split:
    holder = Holder(limit, np.random.default_rng(1))
    for part in parts:
        holder.add(part)
    return holder.split()


@pytest.mark.parametrize(("limit", "kind"), [(160, InMemory), (159, OnDisk)])
def test_rows_are_held_in_memory_up_to_the_limit(limit: int, kind: type[Split]) -> None:
    split = take_in(parts_of(20), limit)
    assert type(split) is kind
    assert sorted(order(split, 1)) == list(range(20))


def test_the_files_are_gone_with_the_split() -> None:
    split = held("disk", 20)
    folder = split._files[0].parent
    assert folder.is_dir()
    del split
    assert not folder.exists()


@pytest.mark.parametrize("parts", [[], [np.empty((0, 2), np.int32)]])
def test_a_split_without_rows_is_refused(parts: list[np.ndarray]) -> None:
    with pytest.raises(DataError) as caught:
        take_in(parts, 100)
    assert caught.value.rule == "a split to train or evaluate with has rows"


def test_repeated_rows_come_as_often_each_time_in_another_order() -> None:
    split = Repeated(InMemory([np.arange(40).reshape(-1, 1)]), 3)
    rows = np.concatenate([*split.shuffled(np.random.default_rng(1))])[:, 0]
    assert split.rows == len(rows) == 120
    passes = rows.reshape(3, 40)
    assert [sorted(one) for one in passes.tolist()] == [list(range(40))] * 3
    assert len({tuple(one) for one in passes.tolist()}) == 3
    assert np.concatenate([*split.in_order()])[:, 0].tolist() == list(range(40)) * 3
