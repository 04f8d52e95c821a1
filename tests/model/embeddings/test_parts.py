import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from model.embeddings import parts as module
from model.embeddings.parts import Parts

SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=8)


def batches(sizes: list[int]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Numbers from 0, in batches, each with where it ends."""
    end = 0
    for size in sizes:
        yield end + size, pa.RecordBatch.from_pydict({"n": pa.array(range(end, end + size))})
        end += size


def write(parts: Parts, sizes: list[int], until: int, flushed: bool) -> None:
    """Adds what is not there yet, and is killed after so many batches."""
    for number, (end, batch) in enumerate(batches(sizes)):
        if number == until:
            return
        first = end - batch.num_rows
        if end > parts.taken:
            parts.add(batch.slice(max(0, parts.taken - first)), end)
            if flushed:
                parts.flush()
    parts.flush()


@given(sizes=SIZES, kills=st.lists(st.tuples(st.integers(0, 8), st.booleans()), max_size=3))
def test_whenever_it_is_killed_the_rows_are_those_of_one_go(sizes, kills) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "parts")
        for until, flushed in [*kills, (99, False)]:
            write(Parts(place, "rows"), sizes, until, flushed)
        parts = Parts(place, "rows")
        assert parts.taken == parts.rows == sum(sizes)
        assert [row for batch in parts.read() for row in batch["n"].to_pylist()] == list(
            range(sum(sizes))
        )


def test_rows_of_something_else_are_made_anew(tmp_path: Path) -> None:
    write(Parts(tmp_path / "parts", "these"), [3, 3], 2, True)
    assert Parts(tmp_path / "parts", "these").taken == 6
    assert Parts(tmp_path / "parts", "others").taken == 0
    assert Parts(tmp_path / "parts", "these").taken == 0


def test_a_part_is_written_when_it_is_large_enough(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "_PART_ROWS", 4)
    parts = Parts(tmp_path / "parts", "rows")
    written = []
    for end, batch in batches([3, 3, 3]):
        parts.add(batch, end)
        written.append(parts.rows)
    assert written == [0, 6, 6]
    parts.flush()
    assert parts.rows == 9


def test_what_is_half_written_does_not_count(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", "rows")
    write(parts, [3], 1, True)
    (tmp_path / "parts" / ".part-000000000003-000000000009.parquet.x1").write_bytes(b"PAR1")
    again = Parts(tmp_path / "parts", "rows")
    assert (again.taken, again.rows) == (3, 3)


def test_it_leaves_nothing_behind(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", "rows")
    write(parts, [3], 1, True)
    parts.remove()
    assert list(tmp_path.iterdir()) == []


def test_columns_without_rows_are_kept_too(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", "rows")
    parts.add(pa.RecordBatch.from_pydict({"n": pa.array([], pa.int64())}), 0)
    parts.flush()
    assert parts.rows == 0
    assert [batch.schema.names for batch in parts.read()] == [["n"]]
