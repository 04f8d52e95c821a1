"""The files that a Dockerfile can COPY: a folder without what its .dockerignore names."""

import dataclasses
import hashlib
import os
import re
from pathlib import Path
from typing import Iterator, List, Tuple


@dataclasses.dataclass(frozen=True)
class Rule:
    """A line of .dockerignore; a line with ! takes back what lines above it say."""

    text: str
    pattern: "re.Pattern[str]"
    ignores: bool


def read_rules(text: str) -> List[Rule]:
    """Returns the rules of a .dockerignore."""
    rules = []
    for line in map(str.strip, text.splitlines()):
        if line and not line.startswith("#"):
            pattern = line.lstrip("!").strip("/")
            rules.append(Rule(pattern, _regex(pattern), not line.startswith("!")))
    return rules


def is_ignored(path: str, rules: List[Rule]) -> bool:
    """Tells whether the last rule that fits a path, or a folder that it is in, ignores it."""
    parts = path.split("/")
    places = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    ignored = False
    for rule in rules:
        if rule.ignores != ignored and any(rule.pattern.fullmatch(place) for place in places):
            ignored = rule.ignores
    return ignored


def _regex(pattern: str) -> "re.Pattern[str]":
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[[^]]+\])", pattern)
    meaning = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile(
        "".join(
            piece if piece.startswith("[") else meaning.get(piece, re.escape(piece))
            for piece in pieces
        )
    )


@dataclasses.dataclass(frozen=True)
class Context:
    """A folder, as the build sees it.

    Attributes:
        folder: the folder.
        files: the paths of its files and links in it, sorted.
    """

    folder: Path
    files: Tuple[str, ...]

    def below(self, source: str) -> List[Tuple[str, str]]:
        """Returns the files that a source of COPY means, each with its path below the target.

        Args:
            source: a file, or a folder whose content is meant; it may have wildcards.
        """
        if source.strip("./") == "":
            return [(file, file) for file in self.files]
        wanted = _regex(source.strip("/"))
        found = []
        for file in self.files:
            parts = file.split("/")
            for end in range(1, len(parts) + 1):
                if wanted.fullmatch("/".join(parts[:end])):
                    found.append((file, "/".join(parts[end:] or parts[-1:])))
                    break
        return found

    def digest(self, source: str) -> str:
        """Returns what changes when a file that the source means changes."""
        digest = hashlib.sha256()
        for file, target in self.below(source):
            path = self.folder / file
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
            mode = path.lstat().st_mode & 0o777
            digest.update(f"{target}\0{mode:o}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()


def read_context(folder: Path) -> Context:
    """Reads which files of a folder its .dockerignore leaves."""
    ignore = folder / ".dockerignore"
    rules = read_rules(ignore.read_text(encoding="utf-8")) if ignore.is_file() else []
    return Context(folder, tuple(sorted(_files(folder, "", rules))))


def _files(folder: Path, prefix: str, rules: List[Rule]) -> Iterator[str]:
    exceptions = tuple(rule.text for rule in rules if not rule.ignores)
    for entry in os.scandir(folder / prefix):
        path = f"{prefix}{entry.name}"
        ignored = is_ignored(path, rules)
        if entry.is_dir(follow_symlinks=False):
            if not ignored or any(text.startswith(f"{path}/") for text in exceptions):
                yield from _files(folder, f"{path}/", rules)
        elif not ignored:
            yield path
