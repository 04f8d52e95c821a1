"""Importing a class without the packages around it that it does not need."""

import importlib
from typing import Any

from zeroskew.errors import StepError


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
