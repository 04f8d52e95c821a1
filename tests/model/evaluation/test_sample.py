import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation.sample import Sample, draw_rows


def draw(sizes: list[int], count: int, seed: int = 0) -> Sample[pa.Table]:
    """Draws from a table of the numbers 0, 1, 2, ... in batches of these sizes."""
    ends = np.cumsum(sizes)
    batches = [
        pa.table({"row": np.arange(end - size, end)}) for size, end in zip(sizes, ends, strict=True)
    ]
    return draw_rows(iter(batches), count, seed, pa.concat_tables)


def drawn(sample: Sample[pa.Table]) -> list[int]:
    return sample.rows.column("row").to_pylist()


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20), st.integers(1, 40))
def test_as_many_rows_as_asked_for_come_each_once_and_in_their_order(sizes, count):
    sample = draw(sizes, count)
    assert sample.total == sum(sizes)
    assert len(drawn(sample)) == min(count, sum(sizes))
    assert drawn(sample) == sorted(set(drawn(sample)))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20), st.integers(1, 40))
def test_the_batches_do_not_matter_nor_does_the_time(sizes, count):
    assert drawn(draw(sizes, count)) == drawn(draw([sum(sizes)], count))


def test_the_seed_decides():
    assert drawn(draw([50, 50], 10, seed=1)) == drawn(draw([50, 50], 10, seed=1))
    assert drawn(draw([50, 50], 10, seed=1)) != drawn(draw([50, 50], 10, seed=2))


def test_each_row_is_drawn_as_often_as_any_other():
    # 2,000 draws of 10 of 40 rows: each row 500 times, with a standard deviation of 19.
    counts = np.bincount(
        [row for seed in range(2000) for row in drawn(draw([7, 20, 13], 10, seed))], minlength=40
    )
    assert counts.min() > 400
    assert counts.max() < 600


@pytest.mark.parametrize("count", [5, 100])
def test_no_more_rows_are_held_than_half_again_as_many_and_a_batch(count):
    joined: list[int] = []

    def join(tables: list[pa.Table]) -> pa.Table:
        joined.append(sum(map(len, tables)))
        return pa.concat_tables(tables)

    batches = (pa.table({"row": np.arange(20)}) for _ in range(500))
    assert draw_rows(batches, count, 0, join).total == 10_000
    assert max(joined) <= 1.5 * count + 20


def test_a_table_without_a_batch_has_no_rows():
    sample = draw_rows(iter([]), 5, 0, pa.concat_tables)
    assert sample.rows is None
    assert sample.to_dict() == {"rows": 0, "of": 0, "chosen": "all rows"}
