"""Importing the class of one step without what the packages around it gather for all of them.

`tfx.components` imports all of TFX when any part of it is imported, and Beam looks for clients of
Google's services. That takes much of the time in which a step starts. Here the package runs its
`__init__` when something asks for a name in it, and the clients are not found until TFX itself is
imported. TFMA cannot wait like this, nor do without packages for notebooks: it would be left half
imported, without a word.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from zeroskew.errors import StepError

GATHERING_PACKAGES = frozenset({"tfx.components"})
GOOGLE_CLIENTS = ("google.cloud",)
# What every executor needs, and what looks for the packages above.
_FOUNDATIONS = ("tfx.types.standard_component_specs", "tfx.dsl.components.base.base_beam_executor")


class _Waiting(importlib.abc.Loader):
    """Loads a package whose `__init__` waits until a name is asked for."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        created: ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        def run_init(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            if importlib.util.find_spec(f"{module.__name__}.{name}"):
                return importlib.import_module(f"{module.__name__}.{name}")
            vars(module).pop("__getattr__", None)
            self._loader.exec_module(module)
            return getattr(module, name)

        module.__getattr__ = run_init  # type: ignore[method-assign]


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the packages that wait."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in GATHERING_PACKAGES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Waiting(spec.loader)
        return spec


class _Hider(importlib.abc.MetaPathFinder):
    """Says of some packages, whose imports are all optional, that they are not there."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if any(fullname == name or fullname.startswith(f"{name}.") for name in self._names):
            raise ModuleNotFoundError(f"{fullname} is not looked for", name=fullname)
        return None


def import_executor(path: str, *, on_google: bool) -> Any:
    """Returns the class of an executor.

    Args:
        path: `module.Class`.
        on_google: the step talks to Google's services through Beam.

    Raises:
        StepError: the image has no such class.
    """
    sys.meta_path.insert(0, _Finder())
    hider = _Hider(() if on_google else GOOGLE_CLIENTS)
    sys.meta_path.insert(0, hider)
    try:
        for module in _FOUNDATIONS:
            importlib.import_module(module)
    finally:
        sys.meta_path.remove(hider)
    return import_class(path)


def import_class(path: str) -> Any:
    """Returns the class at `module.Class`.

    Raises:
        StepError: the image has no such class.
    """
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise StepError(
            "the image must hold the code of every step",
            received=f"no {path} ({error})",
            action="make the image again, from the commit that was compiled",
        ) from error
