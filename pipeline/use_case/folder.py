"""Writing a use case, or showing how it differs from the one that is there."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

from zeroskew.files import write_atomically


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes all files."""
    for name, text in files.items():
        write_atomically(folder / name, text)


def differences(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """Yields the lines in which files that are there differ from these, as `diff -u` has them."""
    for name, text in files.items():
        file = folder / name
        if file.exists():
            yield from difflib.unified_diff(
                file.read_text(encoding="utf-8").splitlines(),
                text.splitlines(),
                str(file),
                f"{file} as it would be now",
                lineterm="",
            )


def is_there(folder: Path, files: Mapping[str, str]) -> bool:
    """Tells whether one of the files is there."""
    return any((folder / name).exists() for name in files)
