"""Where the fields of a text-format message stand, so that one of them can be changed in place."""

import dataclasses
import re
from collections.abc import Sequence

_TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n]*)|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
    r"""|[{}<>\[\]:;,]|[^\s{}<>\[\]:;,"'\#]+"""
)
_REST_OF_LINE = re.compile(r"[ \t,;]*(#[^\n]*)?(?=\n|$)")
_BLANKS = re.compile(r"[ \t]*")
_OPENING = ("{", "<", "[")


@dataclasses.dataclass(frozen=True)
class Entry:
    """A field: its name, where it begins and ends, and where what is in its braces does."""

    name: str
    start: int
    end: int
    body: tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Edit:
    """A piece of a text, and what takes its place."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Returns the text with all edits, which must not overlap."""
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def entries(text: str, body: tuple[int, int]) -> list[Entry]:
    """Returns the fields in a part of a message's text, without those within them.

    Args:
        text: of a message that `text_format` can parse.
        body: where the part begins and ends.
    """
    tokens = [match for match in _TOKEN.finditer(text, *body) if match["skip"] is None]
    found = []
    place = 0
    while place < len(tokens):
        name = tokens[place]
        if name[0] in (";", ","):
            place += 1
            continue
        place = _end_of(tokens, place)
        place += tokens[place][0] == ":"
        first, place = place, _end_of(tokens, place)
        last = tokens[place - 1]
        inside = (tokens[first].end(), last.start())
        found.append(Entry(name[0], name.start(), last.end(), inside))
    return found


def _end_of(tokens: Sequence[re.Match[str]], place: int) -> int:
    """Returns the index after the block, the adjacent texts or the one token at `place`."""
    if tokens[place]["text"] is not None:
        while place < len(tokens) and tokens[place]["text"] is not None:
            place += 1
        return place
    depth = 0
    while True:
        token = tokens[place][0]
        depth += (token in _OPENING) - (token in ("}", ">", "]"))
        place += 1
        if depth == 0:
            return place


def insertion(text: str, after: Entry, lines: Sequence[str]) -> Edit:
    """Returns the edit that puts lines behind a field, indented as it is."""
    indent = _BLANKS.match(text, text.rfind("\n", 0, after.start) + 1)
    rest = _REST_OF_LINE.match(text, after.end)
    if indent is None or indent.end() != after.start or rest is None:
        return Edit(after.end, after.end, "".join(f" {line}" for line in lines))
    return Edit(rest.end(), rest.end(), "".join(f"\n{indent[0]}{line}" for line in lines))


def removal(text: str, entry: Entry) -> Edit:
    """Returns the edit that takes a field away, with its line if nothing else is on it."""
    line = text.rfind("\n", 0, entry.start)
    rest = _REST_OF_LINE.match(text, entry.end)
    if line >= 0 and not text[line : entry.start].strip() and rest is not None:
        return Edit(line, rest.end(), "")
    return Edit(entry.start, entry.end, "")
