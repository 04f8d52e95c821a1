"""Text and numbers as the page shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.text import amount, count, duration, number, percent, plain


@given(st.text(), st.integers(1, 50))
def test_any_text_becomes_one_short_line_that_can_be_seen(value: str, longest: int) -> None:
    text = plain(value, longest)
    assert len(text) <= longest
    assert "\n" not in text
    assert text.isprintable() or " " in text or not text.isascii()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\tb\x00", "a\\tb\\x00"),
        (b"gr\xc3\xb6\xc3\x9fe \xff", "größe \ufffd"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("x" * 200, "x" * 159 + "…"),
        (7, "7"),
    ],
)
def test_what_cannot_be_seen_is_written_out(value: object, text: str) -> None:
    assert plain(value) == text


def test_numbers() -> None:
    assert [number(0.12345), number(None)] == ["0.1235", "-"]
    assert [amount(3.0), amount(1234567.0), amount(0.00012345), amount(54321.5)] == [
        "3",
        "1,234,567",
        "0.0001234",
        "54,322",
    ]
    assert [percent(0.0), percent(0.00001), percent(0.5), percent(0.99999), percent(1.0)] == [
        "0.0%",
        "0.001%",
        "50.0%",
        "99.999%",
        "100.0%",
    ]


def test_times_and_counts() -> None:
    assert [duration(0.04), duration(59.9), duration(61), duration(7260)] == [
        "0.0 s",
        "59.9 s",
        "1 min 1 s",
        "2 h 1 min",
    ]
    assert [count(1, "check"), count(1200, "check")] == ["1 check", "1,200 checks"]
