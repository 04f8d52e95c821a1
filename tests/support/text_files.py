"""Text files, a line at a time."""

import os
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def write(file: Path, lines: Sequence[str]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def quoted(cell: str) -> str:
    """A cell of CSV, in quotes if it holds what any dialect might take for its own."""
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',;\t|"\r\n') else cell
