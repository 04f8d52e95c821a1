"""Links of the repository on the site."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from script_modules import PROJECT, load

load("site_reference")
hook: Any = load("site_hook")
CONFIG = SimpleNamespace(docs_dir=str(PROJECT / "docs"))


def on_site(markdown: str, place: str) -> str:
    page = SimpleNamespace(file=SimpleNamespace(src_uri=place))
    return str(hook.on_page_markdown(markdown, page, CONFIG, None))


@pytest.mark.parametrize(
    ("place", "link", "expected"),
    [
        ("index.md", "[data](docs/data.md#csv)", "[data](data.md#csv)"),
        ("index.md", "![dag](docs/images/dag.svg)", "![dag](images/dag.svg)"),
        ("index.md", "[flights](examples/flights/README.md)", "[flights](examples/flights.md)"),
        ("index.md", "[rules](CONTRIBUTING.md)", "rules"),
        ("data.md", "[first](../README.md)", "[first](index.md)"),
        ("data.md", "[code](../model/settings.py)", "code"),
        ("data.md", "[`settings`](../model/settings.py)", "`settings`"),
        ("data.md", "[here](#csv)", "[here](#csv)"),
        ("data.md", "[KFP](https://kubeflow.org)", "[KFP](https://kubeflow.org)"),
        ("examples/sources.md", "[other](../sentiment/README.md)", "[other](sentiment.md)"),
        ("examples/customers.md", "[a](../../docs/data.md)", "[a](../data.md)"),
    ],
)
def test_a_link_of_the_repository_is_one_of_the_site(place: str, link: str, expected: str) -> None:
    assert on_site(f"See {link}.", place) == f"See {expected}."


def test_code_is_left_as_it_is() -> None:
    block = "```python\nx = f[a](../model/settings.py)\n```\n"
    assert on_site(block, "data.md") == block


def test_the_examples_are_pages() -> None:
    places = hook.pages_elsewhere()
    assert places["index.md"] == PROJECT / "README.md"
    assert places["examples/flights.md"] == Path(PROJECT, "examples", "flights", "README.md")
