"""Whether a folder has changed since it was last looked at."""

from pathlib import Path

Stamp = dict[str, tuple[int, int]]
"""Size and time of each file."""


def stamp_of(folder: Path) -> Stamp:
    """Returns the stamp of a folder."""
    return {
        str(file): (status.st_size, status.st_mtime_ns)
        for file in folder.rglob("*")
        for status in [file.lstat()]
    }
