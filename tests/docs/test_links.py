"""Where the documents point: files that are there, and headings that are in them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import DOCUMENTS, ROOT, name_of, prose

LINK = re.compile(
    r"\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|\b(?:src|srcset|href)=\"([^\"]+)\""
)
HEADING = re.compile(r"^#+ (.+?)\s*$", re.MULTILINE)


def links(document: Path) -> Iterator[tuple[str, str]]:
    """Yields the path and the anchor of each link that stays in the project."""
    for one, other in LINK.findall(prose(document)):
        if "://" not in one + other and not one.startswith("mailto:"):
            path, _, anchor = (one or other).partition("#")
            yield path, anchor


def anchors(document: Path) -> set[str]:
    """Returns the anchors that GitHub makes of a document's headings."""
    words = [re.sub(r"[^\w\- ]", "", one.lower()) for one in HEADING.findall(prose(document))]
    return {one.replace(" ", "-") for one in words}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_point_to_files(document: Path) -> None:
    paths = [path for path, _ in links(document) if path]
    assert [path for path in paths if not (document.parent / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_anchors_are_headings(document: Path) -> None:
    for path, anchor in links(document):
        if anchor:
            assert anchor in anchors(document.parent / path if path else document)


def test_each_page_is_reached_from_the_readme() -> None:
    reached, new = set(), {ROOT / "README.md"}
    while new:
        reached |= new
        pointed = {
            (document.parent / path).resolve()
            for document in new
            for path, _ in links(document)
            if path.endswith(".md")
        }
        new = pointed - reached
    assert set(DOCUMENTS) & set((ROOT / "docs").rglob("*.md")) <= reached


def test_the_readme_is_one_screen() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 80
