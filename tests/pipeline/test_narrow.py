"""Tables on consoles of any width: whole, or their rows one below the other."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich import box
from rich.console import Console
from rich.table import Table

from pipeline.narrow import print_table

ROWS = [("all rows", "3,000", "0.9600\n[dim]±0.0060[/]"), ("rule: fare alone", "", "0.9316")]


def printed(width: int) -> str:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("evaluated on", no_wrap=True)
    for name in ("rows", "AUC"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in ROWS:
        table.add_row(*row)
    out = io.StringIO()
    print_table(table, Console(file=out, width=width))
    return out.getvalue()


def test_a_wide_console_shows_the_table() -> None:
    assert "evaluated on" in printed(80).splitlines()[1]


def test_a_narrow_one_shows_its_rows_one_below_the_other() -> None:
    assert printed(30) == (
        "all rows\n  rows  3,000\n  AUC   0.9600 ±0.0060\nrule: fare alone\n  AUC   0.9316\n"
    )


@given(st.integers(24, 120))
def test_no_width_loses_a_number_or_needs_more_than_it_has(width: int) -> None:
    text = printed(width)
    assert all(number in text for number in ("3,000", "0.9600", "±0.0060", "0.9316"))
    assert max(map(len, text.splitlines())) <= width
