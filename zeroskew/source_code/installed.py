"""What is installed and counts by its version, as against what somebody is writing."""

import csv
import importlib.metadata
import sys
from collections.abc import Collection
from importlib.machinery import ModuleSpec
from pathlib import Path, PurePosixPath

_FOLDERS = {"dist-packages", "site-packages"}


def is_pythons_own(name: str) -> bool:
    """Tells whether a module of the standard library has this name."""
    return name in sys.stdlib_module_names


def is_installed(module: ModuleSpec) -> bool:
    """Tells whether a module belongs to an installed package, or to several."""
    locations = module.submodule_search_locations or []
    places = [module.origin] if module.origin else list(locations)
    return any(is_of_package(Path(place)) for place in places)


def is_of_package(file: Path) -> bool:
    """Tells whether a file lies where packages are installed."""
    return not _FOLDERS.isdisjoint(file.parts)


def versions(names: Collection[str]) -> list[str]:
    """Returns `name==version` of Python and of packages, in the order of their names.

    Args:
        names: by which the packages are imported.
    """
    found = {
        f"{distribution.metadata['Name']}=={distribution.version}"
        for distribution in importlib.metadata.distributions()
        if _brings_any(distribution, names)
    }
    return [f"python=={sys.version_info.major}.{sys.version_info.minor}", *sorted(found)]


def _brings_any(distribution: importlib.metadata.Distribution, names: Collection[str]) -> bool:
    declared = (distribution.read_text("top_level.txt") or "").split()
    tops = set(declared) or {
        file.partition("/")[0].partition(".")[0] for file in _files(distribution)
    }
    near = [name for name in names if name.partition(".")[0] in tops]
    if not all("." in name for name in near):
        return True
    # Several share the outermost folder, such as `google`.
    folders = [name.replace(".", "/") for name in near]
    files = _files(distribution) if folders else []
    return any(_is_in(file, folder) for folder in folders for file in files)


def _is_in(file: str, folder: str) -> bool:
    return file.startswith(f"{folder}/") or (
        file.startswith(folder) and str(PurePosixPath(file).with_suffix("")) == folder
    )


def _files(distribution: importlib.metadata.Distribution) -> list[str]:
    # `distribution.files` takes ten times as long to make a path of each.
    record = distribution.read_text("RECORD")
    if not record:
        return [str(file) for file in distribution.files or ()]
    return [row[0] for row in csv.reader(record.splitlines()) if row]
