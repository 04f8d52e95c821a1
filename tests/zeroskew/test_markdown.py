"""Texts in Markdown that stay what they are."""

import pytest

from zeroskew.markdown import code, code_block, inert


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a_b*", r"a\_b\*"),
        ("@octocat", "@<!-- -->octocat"),
        ("https://a.example", "https&#58;//a.example"),
        ("a: b :c:", "a: b &#58;c:"),
        ("www.a.example", "www<!-- -->.a.example"),
        ("_WWW.a.example", r"\_WWW<!-- -->.a.example"),
        ("a/b#3 GH-4", r"a/b\#<!-- -->3 GH-<!-- -->4"),
        ("$x$ ~y~", "&#36;x&#36; &#126;y&#126;"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_a_forge_makes_nothing_of_a_text(text: str, written: str) -> None:
    assert inert(text) == written


def test_a_block_of_code_ends_where_it_should() -> None:
    assert code_block("a\n```\nb") == "````text\na\n```\nb\n````"
    assert code("a`|b") == "`` a`\\|b ``"
