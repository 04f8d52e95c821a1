"""The documents of the project, as a reader finds them: README, docs/ and what lies beside code."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MADE = {"build", "runs", "node_modules"}


def _documents() -> Iterator[Path]:
    """Yields what is written by hand; hidden folders are not looked into, for they come and go."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [one for one in folders if one not in MADE and not one.startswith(".")]
        yield from (Path(folder, file) for file in files if file.endswith(".md"))


DOCUMENTS = sorted(_documents())
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def name_of(document: Path) -> str:
    """Returns a document's path in the project."""
    return document.relative_to(ROOT).as_posix()


def blocks(document: Path, *languages: str) -> Iterator[str]:
    """Yields the code blocks in one of the languages."""
    for language, text in _BLOCK.findall(document.read_text(encoding="utf-8")):
        if language.strip() in languages:
            yield text


def prose(document: Path) -> str:
    """Returns a document without its code blocks."""
    return _BLOCK.sub("", document.read_text(encoding="utf-8"))
