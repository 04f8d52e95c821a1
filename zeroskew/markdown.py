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


def table_line(cells: Sequence[str]) -> str:
    """Returns a line of a table."""
    return f"| {' | '.join(cells)} |"
