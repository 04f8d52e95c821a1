"""Programs that are shell scripts."""

from pathlib import Path


def executable(file: Path, *lines: str) -> str:
    """Writes a shell script that can be run."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    file.chmod(0o755)
    return str(file)
