"""Key columns come through as they are."""

import pyarrow as pa
import pytest

from model.serving.batch.keys import Keys
from zeroskew.errors import SettingsError


def one(values: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([values], ["id"])


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([2**53 + 1, None, -(2**63)]), [2**53 + 1, None, -(2**63)]),
        (pa.array([0.1, None]), [0.1, None]),
        (pa.array(["ü\0".encode(), None, b""]), ["ü\0", None, ""]),
        (pa.array([[1, 2], [], None]), [[1, 2], [], None]),
        (pa.array([[b"a", "東".encode()], None, []]), [["a", "東"], None, []]),
    ],
)
def test_values_are_those_of_the_rows_and_binary_is_text(
    column: pa.Array, expected: list[object]
) -> None:
    keys = Keys(["id", "id"])
    assert keys.misfits(one(column)) == {}
    assert {name: values.to_pylist() for name, values in keys.take(one(column)).items()} == {
        "id": expected
    }
    part = one(column).slice(1)
    assert keys.take(part)["id"].to_pylist() == expected[1:]


def test_the_first_batch_says_whether_a_key_holds_lists() -> None:
    keys = Keys(["id"])
    assert keys.take(one(pa.array([[1, 2], None])))["id"].type == pa.list_(pa.int64())
    assert keys.take(one(pa.array([3, None])))["id"].to_pylist() == [[3], None]


def test_a_list_where_there_were_none_is_refused() -> None:
    keys = Keys(["id"])
    assert keys.misfits(one(pa.array([1]))) == {}
    later = one(pa.array([[1], [2, 3], None]))
    assert keys.misfits(later) == {1: "id holds a list, as in no row before"}
    assert keys.take(later.slice(0, 1))["id"].to_pylist() == [1]


def test_what_is_no_text_is_refused() -> None:
    assert Keys(["id"]).misfits(one(pa.array([b"a", b"\xff", None]))) == {1: "id is not UTF-8"}
    lists = one(pa.array([[b"a"], None, [b"b", b"\xff"]]))
    assert Keys(["id"]).misfits(lists) == {2: "id is not UTF-8"}


def test_a_key_is_not_called_like_an_answer() -> None:
    with pytest.raises(SettingsError) as caught:
        Keys(["id", "label"]).check(["label", "value"])
    assert caught.value.allowed == "any but label, value"
