import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.serving.known_values import KnownValues
from model.serving.service.engine.unseen import Vocabulary

TEXT = st.sampled_from(["a", "b", "\u00e9", "z"])
CELL = st.none() | st.just("") | TEXT | TEXT.map(str.encode)


def vocabulary(*values, dtype="string", is_list=False):
    return Vocabulary(KnownValues("f", "c", values), dtype, is_list=is_list)


def text_of(cell):
    return cell.decode() if isinstance(cell, bytes) else cell


@given(st.frozensets(TEXT), st.lists(CELL))
def test_what_is_neither_known_nor_missing_is_unseen(known, cells):
    one = vocabulary(*(text.encode() for text in known))
    unseen = [cell for cell in cells if cell and text_of(cell) not in known]
    assert one.rows_without(cells) == len(unseen)
    assert one.lacking(cells) == [*dict.fromkeys(unseen)]


@given(st.frozensets(TEXT), st.lists(st.lists(CELL)))
def test_a_row_of_a_list_counts_once_however_much_of_it_is_unseen(known, cells):
    one = vocabulary(*(text.encode() for text in known), is_list=True)
    unseen = [[value for value in cell if value and text_of(value) not in known] for cell in cells]
    assert one.rows_without(cells) == sum(map(bool, unseen))
    assert one.lacking(cells) == [*dict.fromkeys(value for some in unseen for value in some)]


@pytest.mark.parametrize(("cell", "count"), [(17031, 0), (-1, 0), (None, 0), (-(2**63), 0), (7, 1)])
def test_whole_numbers_are_known_as_numbers(cell, count):
    assert vocabulary(b"17031", b"-1", dtype="int64").rows_without([cell]) == count


def test_bytes_that_are_no_text_are_known_as_bytes():
    assert vocabulary(b"\xff").rows_without([b"\xff", b"\xfe"]) == 1
