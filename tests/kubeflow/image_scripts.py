"""The scripts that build the image's root file system, for the tests of them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

PROJECT = Path(__file__).parents[2]


def load(name: str) -> ModuleType:
    """Imports a script, which is no part of a package."""
    spec = importlib.util.spec_from_file_location(name, PROJECT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


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
