"""Cells that are not written plainly, read as the schema says."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_ingestion.readers.text_evidence import Evidence
from data_ingestion.readers.text_values import parse_values
from zeroskew.cell_types import CellType, NumberStyle, NumberType


def parsed(kind: str, *cells: str | None) -> tuple[list[Any], dict[int, str]]:
    texts = [None if cell is None else cell.encode() for cell in cells]
    values, faults = parse_values(pa.array(texts, pa.binary()), kind, "fare")
    return values.to_pylist(), faults


def in_style(kind: str, sample: str, *missing: str) -> NumberType:
    style = NumberStyle.from_sample(sample)
    assert style is not None
    return NumberType(kind, style, missing)


def test_money_with_thousands() -> None:
    kind = in_style("FLOAT", "$1,234.5", "NA", "")
    cells = ("$1,234.50", "-$12", "$-12", "($3.5)", "7", "$ 8", "+.5", " NA ", "  ", None)
    values = [1234.5, -12.0, -12.0, -3.5, 7.0, 8.0, 0.5, None, None, None]
    assert parsed(kind, *cells) == (values, {})


def test_what_is_no_number_in_the_style_is_refused() -> None:
    values, faults = parsed(in_style("FLOAT", "1.234,5"), "1.234,50", "12.5", "1,5", "1,2,3", "x")
    assert values == [1234.5, None, 1.5, None, None]
    assert faults == {
        1: "fare is '12.5', not FLOAT written as 1.234,5",
        3: "fare is '1,2,3', not FLOAT written as 1.234,5",
        4: "fare is 'x', not FLOAT written as 1.234,5",
    }


def test_a_percentage_is_the_number_before_the_sign() -> None:
    assert parsed(in_style("INT", "1234.5%", "?"), "12 %", "5%", "?", "-1") == (
        [12, 5, None, -1],
        {},
    )


def test_the_limits_of_integers_and_floats_hold_in_every_style() -> None:
    _, faults = parsed(in_style("INT", "$1,234.5"), str(2**63), "1.5")
    assert faults[0] == f"fare is '{2**63}', beyond a 64-bit integer"
    assert set(faults) == {0, 1}
    _, faults = parsed(in_style("FLOAT", "$1,234.5"), "$1e39")
    assert faults == {0: "fare is '$1e39', not FLOAT"}


def test_missing_words_of_text_keep_their_case() -> None:
    kind = CellType("BYTES", ["N/A", "?"])
    assert parsed(kind, "N/A", "n/a", "?", "??") == ([None, b"n/a", None, b"??"], {})


@pytest.mark.parametrize("word", [".", "|", "\\", "a.b", "$^", "-", "(", "[x]", "é", " "])
def test_a_missing_word_is_no_pattern(word: str) -> None:
    assert parsed(CellType("BYTES", [word]), word, "axb", "")[0][1] == b"axb"
    assert parsed(CellType("BYTES", [word]), word)[0] == [None]


styles = st.builds(
    NumberStyle,
    st.sampled_from(["", ",", ".", "'", " ", "\u2019", "\u00a0", "\u202f"]),
    st.sampled_from([".", ","]),
    st.sampled_from(["", "$", "€", "USD", "R$"]),
).filter(lambda style: style.thousands != style.decimal)
signs_behind = st.sampled_from(["", "%", "€", " %", "\u00a0€"])


def written(number: int, style: NumberStyle) -> str:
    """Returns a number of cents in a style."""
    digits = f"{abs(number) // 100:,}".replace(",", style.thousands)
    return f"{'-' * (number < 0)}{style.prefix}{digits}{style.decimal}{abs(number) % 100:02d}"


@given(styles, signs_behind, st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20))
def test_numbers_are_recognised_and_read_as_what_they_are(
    style: NumberStyle, behind: str, numbers: list[int]
) -> None:
    if style.prefix:
        behind = ""
    cells = [written(one, style) + behind for one in [*numbers, 12_345_678]]
    evidence = Evidence()
    evidence.add(pa.array(cells))
    kind = evidence.type(decimal_comma=False)
    assert kind == "FLOAT"
    values, faults = parsed(kind, *cells)
    assert faults == {}
    assert values == [one / 100 for one in [*numbers, 12_345_678]]
