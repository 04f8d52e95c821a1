"""Imports that take less time, without what they bring along and nobody uses.

A package that waits runs its `__init__` when something asks it for a name, or imports a part of it
that needs the whole; so whoever uses it has all of it. A package that is hidden cannot be imported
for a while. What is imported meanwhile must be made for doing without it, as for an extra that is
not installed; it then says so when it is used all the same.
"""

import atexit
import contextlib
import dataclasses
import gc
import importlib
import importlib.abc
import importlib.util
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

ANY_PART = ("*",)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Imports without a search for garbage: TFX's take a quarter of their time for it else.

    There is none, as what they make stays; therefore no later search looks at it either.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        atexit.register(_end_quickly)
        if was_enabled:
            gc.enable()


def _end_quickly() -> None:
    # Python searches once more at the end, in any case; packages complain of what that leaves out.
    gc.unfreeze()
    gc.disable()


@contextlib.contextmanager
def hidden(*packages: str) -> Iterator[None]:
    """Makes packages look as if they were not installed; those imported before stay."""
    finder = _Hiding(packages)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def let_wait(packages: Mapping[str, tuple[str, ...]]) -> None:
    """Makes packages wait that are imported from now on.

    Args:
        packages: by name, their parts that do without the rest; `ANY_PART` if all do.
    """
    sys.meta_path.insert(0, _Waiting(packages))


class _Hiding(importlib.abc.MetaPathFinder):
    """Says of packages that there are none."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        if any(f"{fullname}.".startswith(f"{package}.") for package in self._packages):
            raise ModuleNotFoundError(f"No module named {fullname!r} (hidden)", name=fullname)


class _Waiting(importlib.abc.MetaPathFinder):
    """Finds the packages that wait, and parts of them that do not."""

    def __init__(self, packages: Mapping[str, tuple[str, ...]]) -> None:
        self._packages = packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in self._packages:
            spec = PathFinder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _WaitingLoader(spec.loader, self._packages[fullname])
            return spec
        package, _, part = fullname.rpartition(".")
        found = sys.modules.get(package)
        if isinstance(found, _WaitingPackage) and not _state_of(found).has(part):
            _run_init(found)
            # The `__init__` may have imported the part; Python would then run it a second time.
            ready = sys.modules.pop(fullname, None)
            if ready is not None:
                return ModuleSpec(fullname, _Ready(ready))
        return None


@dataclasses.dataclass
class _State:
    """How far a package is that waits."""

    loader: Any
    parts: tuple[str, ...]
    lock: Any = dataclasses.field(default_factory=threading.RLock)
    runs: bool = False
    ended: bool = False

    def has(self, part: str) -> bool:
        return self.parts == ANY_PART or part in self.parts


class _WaitingPackage(ModuleType):
    """A package whose `__init__` has not ended yet."""

    def __getattr__(self, name: str) -> Any:
        state = _state_of(self)
        part = f"{self.__name__}.{name}"
        if state.has(name) and importlib.util.find_spec(part):
            return importlib.import_module(part)
        _run_init(self)
        if not state.ended:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} yet")
        return getattr(self, name)


class _WaitingLoader(importlib.abc.Loader):
    """Makes a package wait; what reads its files uses its own loader."""

    def __init__(self, loader: Any, parts: tuple[str, ...]) -> None:
        self._state = _State(loader, parts)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._state.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__loader__ = module.__spec__.loader = self._state.loader
        module.__spec__.loader_state = self._state
        module.__class__ = _WaitingPackage


class _Ready(importlib.abc.Loader):
    """Gives a module again that its package's `__init__` has imported."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


def _state_of(package: ModuleType) -> _State:
    assert package.__spec__ is not None
    state: _State = package.__spec__.loader_state
    return state


def _run_init(package: ModuleType) -> None:
    """Ends the waiting, unless `__init__` fails, or runs already and has asked for this itself."""
    state = _state_of(package)
    with state.lock:
        if state.runs or state.ended:
            return
        state.runs = True
        try:
            state.loader.exec_module(package)
            state.ended = True
            package.__class__ = ModuleType
        finally:
            state.runs = False
