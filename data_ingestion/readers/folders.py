"""The data files of a folder or a pattern, as jobs write them.

Names that begin with `_` or `.` are hidden: marks, checksums and metadata of Spark and Arrow. A
folder called ``key=value``, as Hive names them, is part of the folder it is in.
"""

import glob
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

MISSING_KEY = "__HIVE_DEFAULT_PARTITION__"
"""The value in the name of a folder whose rows have none."""
_WILDCARD = re.compile(r"[*?\[{]")

Keys = tuple[tuple[str, str | None], ...]
"""Names and values of the folders between a root and a file."""


def find_files(path: str, root: str, is_data: Callable[[Path], bool]) -> dict[Path, Keys]:
    """Returns the files that a path, a folder or a pattern stands for, by name.

    Args:
        path: of a file or folder, or a pattern.
        root: the path or pattern that was asked for; the keys are those of the folders below it, or
            from the first one that it leaves open.
        is_data: whether a file is to be read.
    """
    place = Path(path)
    if place.is_dir():
        found = sorted(_below(place, is_data))
    elif place.exists():
        found = [place]
    else:
        chosen = Path(path).name.startswith("_")
        matches = [Path(match) for match in sorted(glob.glob(path)) if Path(match).is_file()]
        found = [match for match in matches if chosen or not _is_hidden(match)]
    top = _fixed_part(root)
    return {file.resolve(): _keys(file, top) for file in found}


def _below(folder: Path, is_data: Callable[[Path], bool]) -> Iterator[Path]:
    for one in folder.iterdir():
        if _is_hidden(one):
            continue
        if one.is_dir() and "=" in one.name:
            yield from _below(one, is_data)
        elif not one.is_dir() and is_data(one):
            yield one


def _is_hidden(file: Path) -> bool:
    return file.name.startswith(("_", "."))


def _fixed_part(root: str) -> Path:
    if Path(root).exists():
        return Path(root)
    parts = Path(root).parts
    open_ones = [place for place, part in enumerate(parts) if _WILDCARD.search(part)]
    return Path(*parts[: open_ones[0]]) if open_ones else Path(root)


def _keys(file: Path, top: Path) -> Keys:
    if top not in file.parents:
        return ()
    pairs = [part.split("=", 1) for part in file.relative_to(top).parts[:-1] if "=" in part]
    return tuple(
        (unquote(name), None if value == MISSING_KEY else unquote(value)) for name, value in pairs
    )
