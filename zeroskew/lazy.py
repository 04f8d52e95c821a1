"""Imports that wait for their first use.

TensorFlow and TFX take ten seconds to import. A module that only *may* need them names them
with `lazy_import`, so that `--help` and the checks before a run answer at once.
"""

import importlib
from types import ModuleType
from typing import Any


class _LazyModule(ModuleType):
    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self.__name__), attribute)


def lazy_import(name: str) -> Any:
    """Returns a stand-in for module `name` that imports it when an attribute is first read."""
    return _LazyModule(name)
