"""The documents of the project, as a reader finds them: README, docs/ and what lies beside code."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HIDDEN = {".venv", ".tools", ".debian13", ".image", ".git", "build", "runs", "node_modules"}
DOCUMENTS = sorted(
    file
    for file in ROOT.rglob("*.md")
    if not any(part in HIDDEN or part.startswith(".") for part in file.relative_to(ROOT).parts[:-1])
)
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
