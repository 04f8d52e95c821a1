"""The module that a setting `features` names, and the code that it consists of."""

import importlib
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from model.feature_engineering.use_case import UseCase
from zeroskew.errors import FeatureError
from zeroskew.source_code.code import Code


def load_module(reference: str) -> ModuleType:
    """Loads a features module; a file is read anew each time.

    Args:
        reference: what `load_features` takes.

    Raises:
        FeatureError: there is no such module or file.
    """
    if not reference.endswith(".py"):
        return _import(reference)
    file = Path(reference)
    if not file.is_file():
        raise _not_found(reference)
    return UseCase.of(file).load(file)


def code_of_features(reference: str) -> Code:
    """Returns all code that a features module imports, directly or through other modules.

    What else is loaded of its package counts too: it may be imported by a name that is computed.

    Args:
        reference: what `load_features` takes.

    Raises:
        FeatureError: there is no such module or file.
    """
    module = load_module(reference)
    package = module.__name__.partition(".")[0]
    code = Code.of(_loaded(package), rename=_rename)
    # The package's name tells where the file lies, which must not matter.
    files = {
        name.removeprefix(package) if UseCase.around(name) else name: file
        for name, file in code.files.items()
    }
    return Code(files, code.packages)


def _loaded(package: str) -> Iterator[ModuleSpec]:
    # What is somebody else's must not be touched: a lazy module is imported by that.
    own = [name for name in sys.modules if name.partition(".")[0] == package]
    for name in own:
        spec = getattr(sys.modules[name], "__spec__", None)
        if spec and spec.has_location:
            yield spec


def _rename(importer: str, name: str) -> str:
    use_case = UseCase.around(importer)
    return use_case.qualify(name) if use_case else name


def _import(reference: str) -> ModuleType:
    try:
        return importlib.import_module(reference)
    except ModuleNotFoundError as error:
        if error.name and reference.startswith(error.name):
            raise _not_found(reference) from error
        raise


def _not_found(reference: str) -> FeatureError:
    return FeatureError(
        "the features file must exist",
        allowed="an importable module (model.features) or the path of a .py file",
        received=reference,
        action="check the setting 'features'",
    )
