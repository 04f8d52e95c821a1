"""Importing the class of one step without what `tfx.components` gathers for all of them.

The package imports all of TFX when any part of it is imported. Here it runs its `__init__` when
something asks for a name in it. The Evaluator needs all of it: on TFX 1.21, TFMA lacks names that
other parts of TFX give it.
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

GATHERING_PACKAGE = "tfx.components"


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
    """Finds the package that waits."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != GATHERING_PACKAGE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Waiting(spec.loader)
        return spec


def import_executor(path: str) -> Any:
    """Returns the class of an executor.

    Args:
        path: `module.Class`.

    Raises:
        StepError: the image has no such class.
    """
    if not path.startswith("tfx.components.evaluator."):
        sys.meta_path.insert(0, _Finder())
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
