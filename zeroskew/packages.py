"""Which versions of what matters are installed."""

import platform
from importlib.metadata import PackageNotFoundError, version

from zeroskew import __version__

_PACKAGES = ("tfx", "tensorflow", "tensorflow-transform", "tensorflow-model-analysis", "keras")


def installed_versions() -> dict[str, str]:
    """Returns the versions of this project, of Python, and of the packages that make a model."""
    found = {"zeroskew": __version__, "Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
