"""The names that a source file imports."""

import ast
import functools
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

from zeroskew.source_code.sources import read_source


def imported_names(file: Path, package: str) -> frozenset[str]:
    """Returns the modules that a file imports anywhere; what it takes from one may be one too.

    Args:
        file: of Python; another, such as an extension module, has no names.
        package: in which the file lies, for imports that begin with a dot.
    """
    return _imported(read_source(file), package) if file.suffix == ".py" else frozenset()


@functools.cache
def _imported(source: bytes, package: str) -> frozenset[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        # Whoever imports it gets to know; here, its text is enough.
        return frozenset()
    return frozenset(name for node in ast.walk(tree) for name in _names(node, package))


def _names(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        relative = "." * node.level + (node.module or "")
        try:
            base = resolve_name(relative, package)
        except ImportError:
            return
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")
