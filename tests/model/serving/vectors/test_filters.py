import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.serving.vectors.filters import chosen_rows
from zeroskew.errors import DataError

TABLE = pa.table(
    {
        "genre": pa.chunked_array([["drama", None], ["war", "drama"]]),
        "year": pa.array([1999, 2005, None, 2010], pa.int64()),
        "price": pa.array([1.5, None, 2.5, 0.0]),
    }
)


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ({}, [0, 1, 2, 3]),
        ({"genre": "drama"}, [0, 3]),
        ({"genre": ["war", "drama"]}, [0, 2, 3]),
        ({"genre": []}, []),
        ({"year": {"min": 2000}}, [1, 3]),
        ({"year": {"max": 2005}}, [0, 1]),
        ({"year": {"min": 1999, "max": 2005}}, [0, 1]),
        ({"year": {"min": None, "max": 1999}}, [0]),
        ({"genre": "drama", "year": {"min": 2000}}, [3]),
        ({"price": 1.5}, [0]),
        ({"price": 0}, [3]),
        ({"genre": {"min": "e"}}, [2]),
    ],
)
def test_a_row_counts_that_has_all_that_is_wanted(wanted, rows):
    assert chosen_rows(TABLE, wanted).nonzero()[0].tolist() == rows


@pytest.mark.parametrize(
    "value",
    [1, True, None, [1], ["war", None], {"min": 1}, {"least": "a"}, {}, {"max": ["a"]}, 1.5],
)
def test_a_value_of_another_type_is_refused_with_the_columns_type(value):
    with pytest.raises(DataError) as error:
        chosen_rows(TABLE, {"genre": value})
    assert "a filter of 'genre' holds values of its type, string" in str(error.value)
    assert repr(value) in str(error.value)


@pytest.mark.parametrize("value", ["1999", 1999.5, 2**70, True])
def test_a_whole_number_is_one(value):
    with pytest.raises(DataError, match="its type, int64"):
        chosen_rows(TABLE, {"year": value})


def test_an_unknown_column_is_refused_with_the_nearest():
    with pytest.raises(DataError, match="did you mean 'genre'"):
        chosen_rows(TABLE, {"gerne": "war"})


@given(st.lists(st.one_of(st.none(), st.integers(-3, 3))), st.integers(-3, 3), st.integers(-3, 3))
def test_a_range_holds_both_its_ends_and_nothing_missing(years, least, most):
    table = pa.table({"year": pa.array(years, pa.int64())})
    chosen = chosen_rows(table, {"year": {"min": least, "max": most}})
    want = [year is not None and least <= year <= most for year in years]
    assert chosen.tolist() == want
