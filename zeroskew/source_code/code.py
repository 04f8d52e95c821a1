"""All code that a result depends on, and its digest: a part of a cached step's key."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Set
from importlib.machinery import ModuleSpec
from pathlib import Path

from zeroskew.source_code.imported_names import imported_names
from zeroskew.source_code.installed import is_installed, is_pythons_own, versions
from zeroskew.source_code.modules import ROOMS, find_modules, in_room, modules_of_room
from zeroskew.source_code.sources import read_source

Rename = Callable[[str, str], str]
"""Takes the name of a module and what it imports; returns the name that this is found by."""


@dataclasses.dataclass
class Code:
    """What code consists of and stands on.

    Usage::

        Code.of_rooms("model", "zeroskew").digest()

    Attributes:
        files: the sources that are no installed package's, by the names of their modules.
        packages: the names of the installed packages that these import, such as `google.protobuf`.
    """

    files: dict[str, Path] = dataclasses.field(default_factory=dict)
    packages: set[str] = dataclasses.field(default_factory=set)

    @classmethod
    def of_rooms(cls, *rooms: str) -> "Code":
        """Returns the code of rooms of this project, and of what they import."""
        return cls.of([module for room in rooms for module in modules_of_room(room)])

    @classmethod
    def of(cls, modules: Iterable[ModuleSpec], rename: Rename | None = None) -> "Code":
        """Follows all imports, those within functions too, as far as installed packages.

        A room of this project counts as a whole. What is imported by a name that is computed
        is not followed.

        Args:
            modules: to begin with; their packages are followed even where they are installed.
            rename: for modules that find some of their imports otherwise than by `sys.path`.
        """
        code = cls()
        asked: set[str] = set()
        waiting = list(modules)
        own = {_top(module.name) for module in waiting}
        while waiting:
            module = waiting.pop()
            if module.name not in code.files:
                names = {_whole_room(name) for name in code._add(module, rename)}
                waiting += [found for name in names - asked for found in code._find(name, own)]
                asked |= names
        return code

    def digest(self, *, with_packages: bool = True) -> str:
        """Digests what the code says; where it lies and when it was written do not matter.

        Args:
            with_packages: counts the versions of the packages, and Python's.
        """
        digest = hashlib.sha256()
        for name, file in sorted(self.files.items()):
            digest.update(f"{name}\n".encode())
            digest.update(hashlib.sha256(read_source(file)).digest())
        if with_packages:
            digest.update("\n".join(versions(self.packages)).encode())
        return digest.hexdigest()[:16]

    def _add(self, module: ModuleSpec, rename: Rename | None) -> Set[str]:
        """Adds a module; returns the names that it imports."""
        file = self.files[module.name] = Path(module.origin or "")
        names = imported_names(file, module.parent or "")
        return {rename(module.name, name) for name in names} if rename else names

    def _find(self, name: str, own: set[str]) -> list[ModuleSpec]:
        """Returns the modules of a name; an installed package is added, and has none."""
        if name in ROOMS:
            return modules_of_room(name)
        found: list[ModuleSpec] = []
        for module in () if is_pythons_own(_top(name)) else find_modules(name):
            if is_installed(module) and _top(name) not in own:
                self.packages.add(module.name)
                break
            found.append(module)
        return found


def _whole_room(name: str) -> str:
    return _top(name) if in_room(name) else name


def _top(name: str) -> str:
    return name.partition(".")[0]
