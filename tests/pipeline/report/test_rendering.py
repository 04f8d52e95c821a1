"""The page as text: whole, alone, and with nothing in it that is not ours."""

import dataclasses
import html
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from made_up_page import EVIL, nothing_yet, sections
from markupsafe import Markup

from pipeline.report.pictures import Bar, bars
from pipeline.report.rendering import render

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Reader(HTMLParser):
    """Checks that elements close in order, and keeps names, attributes and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"line {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def page() -> Reader:
    return read(render(sections()))


def test_whatever_a_user_wrote_is_text(page: Reader) -> None:
    assert [tag for tag, _ in page.seen if tag == "script"] == ["script"]
    assert "img" not in {tag for tag, _ in page.seen}
    assert not any(name.startswith("on") for _, attrs in page.seen for name in attrs)
    assert page.text.count(EVIL) >= 50
    assert "49" not in page.text, "what looks like a template is none"


def test_nothing_is_asked_for(page: Reader) -> None:
    asking = [value for _, attrs in page.seen for name, value in attrs.items() if name == "src"]
    links = [attrs["href"] for tag, attrs in page.seen if "href" in attrs]
    assert asking == []
    assert [link for link in links if not str(link).startswith(("#", "data:,"))] == []
    text = render(sections("plain"))
    assert re.findall(r"https?://[^\"'<> ]*", text) == []
    assert "@import" not in text
    assert "url(" not in text


def test_only_our_script_may_run(page: Reader) -> None:
    (policy,) = (attrs["content"] for tag, attrs in page.seen if "http-equiv" in attrs)
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='", policy)


def test_each_link_leads_to_a_section(page: Reader) -> None:
    ids = [attrs["id"] for _, attrs in page.seen if "id" in attrs]
    links = {str(attrs["href"])[1:] for tag, attrs in page.seen if tag == "a"}
    assert links <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_screen_reader_finds_its_way(page: Reader) -> None:
    tags = [tag for tag, _ in page.seen]
    assert {"header", "nav", "main", "footer", "h1"} <= set(tags)
    assert tags.count("main") == tags.count("h1") == 1
    assert tags.count("table") == tags.count("caption") > 8
    assert all("scope" in attrs for tag, attrs in page.seen if tag == "th")
    pictures = re.findall(r"<svg[^>]*role=\"img\".*?</svg>", render(sections("plain")), re.DOTALL)
    assert len(pictures) == 4
    for picture in pictures:
        assert ET.fromstring(picture)[0].tag == "title"


def test_numbers_are_those_that_were_given(page: Reader) -> None:
    for number in ("15,002", "12,002", "0.9000", "0.8000 to 1.0000", "0.7000", "1.0e-07", "25.0%"):
        assert number in page.text


def test_penalties_that_were_tried_are_told(page: Reader) -> None:
    assert "A penalty was tried, trainer.l2_ids: 100: with it the loss" in page.text
    assert "was 0.2500, without it 0.5000; it was taken." in page.text


def test_a_run_that_stopped_at_once_has_a_page(page: Reader) -> None:
    early = read(render(nothing_yet()))
    ids = {attrs["id"] for _, attrs in early.seen if "id" in attrs}
    assert {"steps", "lineage", "next"} <= ids
    assert ids.isdisjoint({"data", "features", "model", "parity", "serving"})


def test_steps_of_which_no_time_is_known_show_what_they_produced() -> None:
    made = dataclasses.replace(sections("plain")["steps"][0], seconds=None, mib=None)
    text = read(render({**sections("plain"), "steps": [made]})).text
    assert "What the steps produced" in text
    assert "MiB" not in text


def test_a_page_of_a_thousand_columns_is_below_three_megabytes() -> None:
    groups = [Bar(f"{place} to {place + 1}", [0.1, 0.2, 0.3]) for place in range(12)]
    names = ["train", "eval", "train of span 2013"]
    picture = bars(groups, names, "a column of a long name in train, eval and the span before")
    wide = sections("a name of some length")
    (column,), (feature,) = wide["data"].columns, wide["features"]
    part = dataclasses.replace(feature.before[0], picture=picture)
    drawn = dataclasses.replace(column, picture=picture)
    plain = dataclasses.replace(column, picture=Markup())
    two = dataclasses.replace(feature, before=[part], after=[part])
    none = dataclasses.replace(feature, before=[], after=[])
    wide["data"] = dataclasses.replace(wide["data"], columns=[drawn] * 300 + [plain] * 700)
    wide["features"] = [two] * 150 + [none] * 850
    assert len(render(wide)) < 3_000_000


def test_an_evil_text_survives_as_it_was_written() -> None:
    assert html.escape(EVIL, quote=True).replace("&#x27;", "&#39;").replace(
        "&quot;", "&#34;"
    ) in render(sections())
