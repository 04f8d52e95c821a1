"""Texts in Markdown that stay what they are, whatever is in them."""

import html
import re
from collections.abc import Sequence


def code(name: str) -> str:
    """Returns a name as code in a cell: what would end code, cell or line is written otherwise."""
    fence = "`" * (max(map(len, re.findall("`+", name)), default=0) + 1)
    pad = " " if "`" in name else ""
    text = "".join(char if char.isprintable() else repr(char)[1:-1] for char in name)
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def plain(text: str) -> str:
    """Returns text in which nothing is markup."""
    return re.sub(r"([\\`*_\[\]|#])", r"\\\1", html.escape(" ".join(text.split()), quote=False))


def inert(text: str) -> str:
    """Returns plain text that does nothing on a forge either: no link, formula or mention."""
    apart = re.sub(r"(@|#|www|GH-)", r"\1<!-- -->", plain(text), flags=re.IGNORECASE)
    return re.sub(r"([~$]|:(?=\S))", lambda found: f"&#{ord(found[0])};", apart)


def code_block(text: str) -> str:
    """Returns lines as a block of code, which nothing in them ends."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def table_line(cells: Sequence[str]) -> str:
    """Returns a line of a table."""
    return f"| {' | '.join(cells)} |"
