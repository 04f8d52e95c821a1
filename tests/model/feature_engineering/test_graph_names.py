import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.feature_engineering.graph_names import graph_name

LIKELY = st.one_of(
    st.text(), st.text("ab_ .2F", max_size=6), st.text("ab_2", max_size=6).map("escaped_".__add__)
)
"""Names at random, and names that are nearly alike."""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("payment_type", "payment_type"),
        ("x_y", "x_y"),
        ("x.y", "escaped_x_2e_y"),
        ("annual income", "escaped_annual_20_income"),
        ("Fare", "escaped__46_are"),
        ("größe", "escaped_gr_f6__df_e"),
        ("_x", "escaped__5f_x"),
        ("1st", "escaped_1st"),
        ("self", "escaped_self"),
        ("class", "escaped_class"),
        ("escaped_self", "escaped_escaped_5f_self"),
        ("", "escaped_"),
    ],
)
def test_a_name_that_tensorflow_does_not_take_is_escaped(name, expected):
    assert graph_name(name) == expected


@given(st.lists(LIKELY, unique=True, min_size=2))
def test_different_names_stay_different(names):
    assert len({graph_name(name) for name in names}) == len(names)


@given(LIKELY)
def test_it_is_a_name_that_nothing_rewrites_and_that_has_the_way_back_in_it(name):
    inside = graph_name(name)
    assert re.fullmatch("[a-z][a-z0-9_]*", inside)
    assert inside != "self"
    if inside != name:
        _, escaped = inside.split("_", 1)
        parts = escaped.split("_")
        parts[1::2] = [chr(int(code, 16)) for code in parts[1::2]]
        assert "".join(parts) == name
