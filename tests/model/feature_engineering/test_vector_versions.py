import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.feature_engineering.vector_versions import VectorVersion

NAN = float("nan")


def others(vectors: list, said: pa.Array | None, version: str = "2") -> list[int]:
    columns = {"v": pa.array(vectors, pa.list_(pa.float32()))}
    if said is not None:
        columns["by"] = said
    return VectorVersion("v", "by", version).others(pa.RecordBatch.from_pydict(columns)).tolist()


@pytest.mark.parametrize(
    "said",
    [
        pa.array([2, 1, None, 2, 3]),
        pa.array(["2", "1", None, "2", "3"]),
        pa.array([b"2", b"1", None, b"2", b"3"]),
        pa.array([[2], [1], [], [2], [3]]),
        pa.array([[b"2"], [b"1"], None, [b"2"], [b"3"]], pa.large_list(pa.large_binary())),
    ],
)
def test_rows_of_another_version_whatever_the_column_holds(said: pa.Array) -> None:
    vectors = [[1, 2], [1, 2], [1, 2], [1, 2], [1, 2]]
    assert others(vectors, said) == [1, 2, 4]
    assert others([None, [], [NAN, NAN], *vectors[:2]], said) == [4]
    batch = pa.RecordBatch.from_pydict({"v": pa.array(vectors), "by": said})
    version = VectorVersion("v", "by", "2")
    assert [version.said(batch, row) for row in range(4)] == ["'2'", "'1'", "nothing", "'2'"]


def test_a_column_that_is_not_there_says_nothing() -> None:
    assert others([[1, 2], None], None) == [0]
    assert others([[1, 2], None], pa.nulls(2)) == [0]
    assert VectorVersion("v", "by", "2").others(pa.RecordBatch.from_pydict({"a": [1]})).size == 0


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["1", "2", None])), max_size=30))
def test_no_vector_of_another_version_is_missed_and_none_of_it_refused(rows):
    vectors = [[1.0, 2.0] if given else None for given, _ in rows]
    said = pa.array([one for _, one in rows], pa.string())
    want = [place for place, (given, one) in enumerate(rows) if given and one != "2"]
    assert others(vectors, said) == want
