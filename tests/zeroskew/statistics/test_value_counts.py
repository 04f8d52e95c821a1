import collections
import threading

import numpy as np
import pyarrow as pa
import pytest

from zeroskew.statistics.value_counts import ValueCounts


def expected(values: list[bytes], most: int) -> tuple[int, list[tuple[bytes, int]]]:
    counts = collections.Counter(values)
    order = sorted(((count, value) for value, count in counts.items()), reverse=True)
    return len(counts), [(value, count) for count, value in order[:most]]


def test_counts_values_of_all_types_of_text() -> None:
    counts = ValueCounts()
    counts.add("a", pa.array(["x", "y", "x"]))
    counts.add("a", pa.array([b"x", b"\xff"], pa.large_binary()))
    counts.add("b", pa.array(["é"], pa.large_string()))
    counts.add("c", pa.array([], pa.binary()))
    assert counts.columns() == ["a", "b"]
    assert counts.most_frequent("a", 10) == (3, [(b"x", 3), (b"\xff", 1), (b"y", 1)])
    assert counts.most_frequent("b", 10) == (1, [("é".encode(), 1)])


def test_of_the_same_count_the_greatest_values_come_first() -> None:
    counts = ValueCounts()
    counts.add("a", pa.array([b"b", b"c", b"a", b"a\0", b"", b"z", b"z"]))
    assert counts.most_frequent("a", 3) == (6, [(b"z", 2), (b"c", 1), (b"b", 1)])


@pytest.mark.parametrize("limit", [1, 40_000, 2**30])
def test_exact_on_disk_as_in_memory(limit: int) -> None:
    random = np.random.default_rng(1)
    counts = ValueCounts(limit)
    everything: dict[str, list[bytes]] = {"many": [], "few": []}
    for _ in range(20):
        drawn = {
            "many": [b"\xf0%d" % number for number in random.zipf(1.3, 1000)],
            "few": [b"%d" % number for number in random.integers(0, 5, 1000)],
        }
        for column, values in drawn.items():
            everything[column] += values
            counts.add(column, pa.array(values, pa.large_binary()))
            assert counts.memory() <= limit
    for column, values in everything.items():
        assert counts.most_frequent(column, 1000) == expected(values, 1000)


def test_threads_may_share_it() -> None:
    counts = ValueCounts(20_000)

    def add(offset: int) -> None:
        for start in range(0, 5000, 100):
            values = [b"%d" % (offset + number) for number in range(start, start + 100)]
            counts.add("a", pa.array(values))

    threads = [threading.Thread(target=add, args=(offset,)) for offset in (0, 0, 2500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    distinct, top = counts.most_frequent("a", 2501)
    assert distinct == 7500
    assert {count for _, count in top[:2500]} == {3}
    assert top[2500][1] == 2
