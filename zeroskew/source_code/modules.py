"""Modules by name, without importing them."""

import importlib.util
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

ROOMS = ("data_ingestion", "model", "pipeline", "zeroskew", "zeroskew_kubeflow")
"""The packages of this project, each of which counts as a whole."""


def in_room(name: str) -> bool:
    """Tells whether a module is one of this project."""
    return name.partition(".")[0] in ROOMS


def find_module(name: str) -> ModuleSpec | None:
    """Returns the module of a name without dots, as an import would find it."""
    try:
        return importlib.util.find_spec(name)
    except ValueError:
        # The program itself, `__main__`, and what tests make up.
        return None


def find_modules(name: str) -> Iterator[ModuleSpec]:
    """Yields the packages around a module, from the outermost, and the module, as far as they are.

    A package without `__init__.py` is left out, as it has no code.
    """
    top, *parts = name.split(".")
    module = find_module(top)
    while module is not None:
        if module.origin is not None and Path(module.origin).is_file():
            yield module
        if not parts or module.submodule_search_locations is None:
            return
        inner = f"{module.name}.{parts.pop(0)}"
        module = PathFinder.find_spec(inner, module.submodule_search_locations)


def modules_of_room(room: str) -> list[ModuleSpec]:
    """Returns all modules of a package of this project."""
    package = find_module(room)
    if package is None or package.origin is None:
        return []
    folder = Path(package.origin).parent
    found = []
    for file in folder.rglob("*.py"):
        parts = (room, *file.relative_to(folder).with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        module = ModuleSpec(name, None, origin=str(file), is_package=is_package)
        found.append(module)
    return found
