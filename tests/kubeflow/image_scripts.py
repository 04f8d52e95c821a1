"""The scripts that build the image's root file system, for the tests of them."""

from pathlib import Path
from typing import Any

from script_modules import load

# In the order in which they import each other.
dockerfile: Any = load("dockerfile")
build_context: Any = load("build_context")
container: Any = load("container")
rootfs: Any = load("rootfs")
run_in_image: Any = load("run_in_image")


def write(folder: Path, **files: str) -> Path:
    """Writes files; `__` in a name stands for a folder, and `_` at its end for a leading dot."""
    for name, content in files.items():
        parts = name.split("__")
        file = folder.joinpath(*parts).with_suffix("" if name.endswith("_") else ".txt")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return folder
