"""Pictures as SVG."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.feature_engineering.labels.pictures import Picture, Series
from pipeline.report.pictures import Bar, bars, chart, tag

SHARES = st.lists(st.floats(0, 1), min_size=2, max_size=2)
NUMBERS = st.lists(
    st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-12), min_size=1, max_size=9
)


def elements(markup: str, name: str) -> list[ET.Element]:
    return list(ET.fromstring(markup).iter(name))


def test_bars_are_as_high_as_their_shares_and_say_so() -> None:
    drawn = bars([Bar("a", [0.5, 0.25]), Bar("<b>", [0.0, 1.0])], ["train", "eval"], "two values")
    first, second, empty, full = (float(one.get("height", "")) for one in elements(drawn, "rect"))
    assert (full, first, second, empty) == (54.0, 27.0, 13.5, 0.0)
    alternative, *titles = (one.text for one in elements(drawn, "title"))
    assert alternative == "two values"
    assert titles == ["a: train 50.0%, eval 25.0%", "<b>: train 0.0%, eval 100.0%"]


@given(st.lists(st.builds(Bar, st.text(st.characters(categories=["L", "P"])), SHARES)))
def test_any_bars_lie_within_the_picture(groups: list[Bar]) -> None:
    for one in elements(bars(groups, ["a", "b"], "x"), "rect"):
        x, y, width, height = (float(one.get(name, "")) for name in ("x", "y", "width", "height"))
        assert -0.1 <= x <= x + width <= 216.2
        assert -0.1 <= y <= y + height <= 56.2


@given(NUMBERS, st.sampled_from(["line", "points", "bars"]))
def test_any_numbers_lie_within_the_axes(numbers: list[float], form: str) -> None:
    xs = [float(place) for place in range(len(numbers))]
    drawn = chart(Picture("t", "m", "a", "u", [Series("s", xs, numbers)], form=form))
    for one in elements(drawn, "circle"):
        assert 0 <= float(one.get("cx", "")) <= 440
        assert 0 <= float(one.get("cy", "")) <= 300
    ticks = [one.text for one in elements(drawn, "text")]
    assert 5 <= len(ticks) <= 18
    assert "nan" not in drawn


@pytest.mark.parametrize(
    ("numbers", "ticks"),
    [
        ([0.1, 0.42], ["0.1", "0.2", "0.3", "0.4", "0.5"]),
        ([-3.0, 40_000.0], ["-10,000", "0", "10,000", "20,000", "30,000", "40,000"]),
        ([7.0, 7.0], ["6.5", "6.75", "7", "7.25", "7.5"]),
    ],
)
def test_ticks_are_round_numbers_around_the_values(numbers: list[float], ticks: list[str]) -> None:
    drawn = chart(Picture("t", "m", "a", "u", [Series("s", [0.0, 1.0], numbers)]))
    texts = [str(one.text) for one in elements(drawn, "text")]
    assert texts[: len(ticks)] == ticks


def test_the_points_of_a_line_are_read_from_its_titles() -> None:
    series = Series("loss", [1, 2], [0.5, 0.25])
    drawn = chart(
        Picture("Training", "It falls.", "epoch", "loss", [series], guide=((1, 0), (2, 0)))
    )
    titles = [one.text for one in elements(drawn, "title")]
    assert titles == ["Training of loss. It falls.", None, "1: 0.5", "2: 0.25"]


def test_an_attribute_cannot_be_left() -> None:
    assert tag("g", "<", class_='a"b') == '<g class="a&#34;b">&lt;</g>'
