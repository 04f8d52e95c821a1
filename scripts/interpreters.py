"""Finds the Python interpreters of this machine by running them.

A name on PATH proves nothing: a pyenv shim is there and fails for versions that are not selected.
"""

import glob
import os
import shutil
import subprocess
import sys
from typing import Dict, Iterator, List, Optional, Tuple

Version = Tuple[int, int]

WANTED: List[Version] = [(3, 13), (3, 12), (3, 11), (3, 10)]
_ASK = "import sys; print(sys.version_info[0], sys.version_info[1], sys.executable)"


def find_interpreters() -> Dict[Version, str]:
    """Returns the executable of each wanted version that runs here."""
    found: Dict[Version, str] = {}
    for candidate in _candidates():
        probed = probe(candidate)
        if probed and probed[0] in WANTED:
            found.setdefault(*probed)
    return found


def probe(executable: str) -> Optional[Tuple[Version, str]]:
    """Runs `executable`; returns its version and real path, or None if it is no working Python."""
    answer = run_quietly([executable, "-c", _ASK])
    parts = answer.split(maxsplit=2) if answer else []
    if len(parts) != 3 or not (parts[0].isdigit() and parts[1].isdigit()):
        return None
    return (int(parts[0]), int(parts[1])), parts[2]


def run_quietly(command: List[str], timeout: float = 20) -> Optional[str]:
    """Returns what a command prints, or None if it cannot be run, fails or hangs."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def find_through_uv(uv: str, version: Version, download: bool) -> Optional[str]:
    """Asks uv for a Python, which it may download if `download` is true."""
    name = f"{version[0]}.{version[1]}"
    if download and run_quietly([uv, "python", "install", name], timeout=600) is None:
        return None
    downloads = [] if download else ["--no-python-downloads"]
    path = run_quietly([uv, "python", "find", *downloads, name], timeout=60)
    probed = probe(path) if path else None
    return probed[1] if probed and probed[0] == version else None


def _candidates() -> Iterator[str]:
    if "ZEROSKEW_PYTHON" in os.environ:
        yield os.environ["ZEROSKEW_PYTHON"]
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    for major, minor in WANTED:
        name = f"python{major}.{minor}"
        on_path = shutil.which(name)
        if on_path:
            yield on_path
        yield from sorted(
            glob.glob(os.path.join(pyenv, "versions", f"{major}.{minor}.*", "bin/python"))
        )
        yield from (
            path for path in (f"/usr/bin/{name}", f"/usr/local/bin/{name}") if os.path.exists(path)
        )
    yield sys.executable
