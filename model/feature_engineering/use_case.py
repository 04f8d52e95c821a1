"""Loading a features file together with the modules beside it.

They become a package that only this process knows, one for each features file. So the file finds a
neighbour by `from limits import CLIP` without `sys.path`, two use cases may both have `limits`, and
no installed package ever finds a user's file in place of its own.
"""

import builtins
import dataclasses
import hashlib
import importlib
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from zeroskew.errors import FeatureError, ZeroskewError
from zeroskew.source_code.installed import is_installed, is_pythons_own
from zeroskew.source_code.modules import ROOMS, find_module
from zeroskew.source_code.sources import read_source

_PREFIX = "zeroskew_features_"


@dataclasses.dataclass(frozen=True)
class UseCase:
    """The folder of a features file.

    Attributes:
        folder: where the neighbours lie.
        package: what they are modules of, in `sys.modules`.
    """

    folder: Path
    package: str

    @classmethod
    def of(cls, file: Path) -> "UseCase":
        """Returns that of a features file."""
        whole = file.resolve()
        digest = hashlib.sha256(str(whole).encode()).hexdigest()
        return cls(whole.parent, _PREFIX + digest[:12])

    @classmethod
    def around(cls, module: str) -> "UseCase | None":
        """Returns that which a module belongs to by its name in `sys.modules`, if it does."""
        package = module.partition(".")[0]
        if not package.startswith(_PREFIX) or package not in sys.modules:
            return None
        return cls(Path(sys.modules[package].__path__[0]), package)

    def load(self, file: Path) -> ModuleType:
        """Runs a features file of this folder, and the neighbours it imports, as they are now.

        Raises:
            FeatureError: one of them fails, or imports what is not there.
        """
        self._forget()
        importlib.invalidate_caches()
        package = ModuleSpec(self.package, None, is_package=True)
        package.submodule_search_locations = [str(self.folder)]
        sys.modules[self.package] = module_from_spec(package)
        name = f"{self.package}.{file.stem.replace('.', '_')}"
        loader = _Loader(self, name, str(file.resolve()))
        spec = ModuleSpec(name, loader, origin=loader.path)
        spec.has_location = True
        module = sys.modules[name] = module_from_spec(spec)
        try:
            loader.exec_module(module)
        except BaseException as error:
            self._forget()
            if isinstance(error, ModuleNotFoundError):
                raise self._not_found(file, error) from error
            if isinstance(error, FeatureError):
                place = self._place(error)
                if error.place or place is None:
                    raise
                raise error.at(place) from error
            if isinstance(error, Exception) and not isinstance(error, ZeroskewError):
                raise self._failed(error) from error
            raise
        return module

    def qualify(self, name: str) -> str:
        """Returns the name in `sys.modules` of what a file of this folder imports.

        Raises:
            FeatureError: a neighbour is called like an installed module.
        """
        return f"{self.package}.{name}" if self._has(name.partition(".")[0]) else name

    def _has(self, name: str) -> bool:
        neighbour = PathFinder.find_spec(name, [str(self.folder)])
        if neighbour is None:
            return False
        elsewhere = None if is_pythons_own(name) else find_module(name)
        if neighbour.origin is None:
            # A folder that need not hold code at all, such as `data/`.
            return not is_pythons_own(name) and elsewhere is None
        if is_pythons_own(name) or name in ROOMS or (elsewhere and is_installed(elsewhere)):
            raise FeatureError(
                "a module beside the features file is not called like one of Python, of this "
                "project or of an installed package",
                received=neighbour.origin,
                action=f"give it another name, and import it by that; or, if {name!r} should be "
                "the other one, move the file away",
            )
        return True

    def _not_found(self, file: Path, error: ModuleNotFoundError) -> FeatureError:
        name = (error.name or str(error)).removeprefix(f"{self.package}.")
        return FeatureError(
            "what a features file imports is installed, or lies beside it",
            allowed=f"a module in {self.folder}, or of an installed package",
            received=f"{name!r}, imported by {file} or a module beside it",
            action="correct the import, or install the package",
        )

    def _failed(self, error: Exception) -> FeatureError:
        found = FeatureError(
            "a features file must run",
            received=f"{type(error).__name__}: {error}",
            action="correct this line",
        )
        # A mistake in its grammar has no frame, but says where it is.
        place = self._place(error)
        return found.at(place) if place else found

    def _place(self, error: Exception) -> str | None:
        """Returns the line of a file of this folder that ran when an error arose."""
        lines = [
            f"{frame.f_code.co_filename}, line {line}"
            for frame, line in traceback.walk_tb(error.__traceback__)
            if str(frame.f_globals.get("__name__")).partition(".")[0] == self.package
        ]
        return lines[-1] if lines else None

    def _forget(self) -> None:
        for name in list(sys.modules):
            if name.partition(".")[0] == self.package:
                del sys.modules[name]


class _Loader(SourceFileLoader):
    """Runs a file of a use case, which finds its neighbours first."""

    def __init__(self, use_case: UseCase, name: str, path: str) -> None:
        super().__init__(name, path)
        self._use_case = use_case

    def get_code(self, fullname: str) -> CodeType:
        """Compiles the text as it is: byte code of the same second is taken for current."""
        code: CodeType = self.source_to_code(read_source(Path(self.path)), self.path)
        return code

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module; an import of it looks up `__import__` in its own builtins."""
        scope = {**vars(builtins), "__import__": _Import(self._use_case)}
        vars(module)["__builtins__"] = scope
        super().exec_module(module)


@dataclasses.dataclass(frozen=True)
class _Import:
    """`__import__` in the files of a use case."""

    use_case: UseCase

    def __call__(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        qualified = name if level else self.use_case.qualify(name)
        module = builtins.__import__(qualified, globals, locals, fromlist or (), level)
        if qualified == name or fromlist:
            return module
        # `import a.b` binds `a`.
        return sys.modules[f"{self.use_case.package}.{name.partition('.')[0]}"]


class _Finder:
    """Finds the neighbours, which import others in turn."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Returns what Python's own finder does, with our loader."""
        use_case = UseCase.around(name)
        if use_case is None or path is None:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(use_case, spec.loader.name, spec.loader.path)
        return spec


sys.meta_path.insert(0, _Finder)
