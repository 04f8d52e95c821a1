"""Makes the environment `.venv`, with the TFX that this machine can run.

Runs on any Python from 3.8 on, with the standard library alone. A complete environment is left as
it is; one that is incomplete, or was made from another lock, is made anew.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple

from interpreters import Version, find_interpreters, find_through_uv, run_quietly

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
STAMP = VENV / "zeroskew.json"

NEW, OLD = "1.21", "1.16"
GLIBC_OF_NEW = (2, 39)
PYTHONS: Dict[str, List[Version]] = {NEW: [(3, 13), (3, 12), (3, 11)], OLD: [(3, 10)]}


class SetupError(Exception):
    """The environment cannot be made; the message says what to do."""


class Choice(NamedTuple):
    """A stack, the Python that runs it (None: still to be found) and why it was chosen."""

    stack: str
    version: Version
    python: Optional[str]
    reason: str


def choose(
    glibc: Optional[Tuple[int, int]], pythons: Dict[Version, str], forced: Optional[str]
) -> Choice:
    """Picks the stack.

    Args:
        glibc: version of the C library; None where it is another library.
        pythons: executables by version.
        forced: the stack the user asked for, if any.

    Raises:
        SetupError: the forced stack cannot run here.
    """
    seen = "no glibc" if glibc is None else f"glibc {glibc[0]}.{glibc[1]}"
    can_new = glibc is not None and glibc >= GLIBC_OF_NEW
    if forced == NEW and not can_new:
        raise SetupError(
            f"TFX {NEW} needs glibc {GLIBC_OF_NEW[0]}.{GLIBC_OF_NEW[1]} or newer\n"
            f"  received: {seen}\n"
            f"  do:       leave STACK out (TFX {OLD} runs here), or use Debian 13 or Ubuntu 24.04"
        )
    stack = forced or (NEW if can_new and _first(NEW, pythons) else OLD)
    version = _first(stack, pythons) or PYTHONS[stack][0]
    if forced:
        reason = "as asked for"
    elif stack == NEW:
        reason = seen
    elif can_new:
        reason = f"{seen}, but no Python 3.11 to 3.13 for TFX {NEW}"
    else:
        reason = f"{seen}; TFX {NEW} needs {GLIBC_OF_NEW[0]}.{GLIBC_OF_NEW[1]}"
    return Choice(stack, version, pythons.get(version), reason)


def _first(stack: str, pythons: Dict[Version, str]) -> Optional[Version]:
    return next((version for version in PYTHONS[stack] if version in pythons), None)


def glibc_version() -> Optional[Tuple[int, int]]:
    """Returns the version of glibc, or None on another C library."""
    name, version = platform.libc_ver()
    if name != "glibc":
        return None
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def find_uv() -> str:
    """Returns a uv that runs: the one on PATH, or a private one that pip installs.

    Raises:
        SetupError: pip cannot be had.
    """
    on_path = shutil.which("uv")
    if on_path and run_quietly([on_path, "--version"]):
        return on_path
    private = TOOLS / "bin" / "uv"
    if not private.exists():
        _install_uv()
    return str(private)


def _install_uv() -> None:
    shutil.rmtree(TOOLS, ignore_errors=True)
    pip = [str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
    try:
        _run([sys.executable, "-m", "venv", str(TOOLS)])
        _run([*pip, "-r", str(ROOT / "requirements" / "uv.txt")])
    except subprocess.CalledProcessError as error:
        shutil.rmtree(TOOLS, ignore_errors=True)
        raise SetupError(
            "the set-up installs uv with the venv and pip of your Python\n"
            f"  received: {sys.executable}, whose '{' '.join(error.cmd[1:4])}' failed:\n"
            f"            {(error.output or '').strip()[-400:]}\n"
            "  do:       apt-get install python3-venv (Debian, Ubuntu), or install uv, or check "
            "the network"
        ) from error


def find_python(choice: Choice, uv: str) -> str:
    """Returns the Python of the choice, asking uv if it was not found before.

    Raises:
        SetupError: there is none and uv cannot bring one.
    """
    if choice.python:
        return choice.python
    for download in (False, True):
        found = find_through_uv(uv, choice.version, download)
        if found:
            return found
    wanted = " or ".join(f"{major}.{minor}" for major, minor in PYTHONS[choice.stack])
    raise SetupError(
        f"TFX {choice.stack} needs Python {wanted}\n"
        "  received: none on PATH, in pyenv or in uv, and uv could not download one\n"
        f"  do:       install it (pyenv install {choice.version[0]}.{choice.version[1]}), or name "
        "one: ZEROSKEW_PYTHON=/path/to/python make run"
    )


def require_compiler(python: str) -> None:
    """Checks what pyfarmhash, which TFX needs and which has no wheel, is built with.

    Raises:
        SetupError: there is no C++ compiler, or the Python has no headers.
    """
    ask = "import os, sysconfig; print(os.path.exists(sysconfig.get_path('include') + '/Python.h'))"
    missing = [] if shutil.which("g++") else ["a C++ compiler (g++)"]
    if run_quietly([python, "-c", ask]) != "True":
        missing.append(f"the headers of {python} (Python.h)")
    if missing:
        raise SetupError(
            "one package of TFX has to be built here (pyfarmhash)\n"
            f"  received: a machine without {' and '.join(missing)}\n"
            "  do:       apt-get install g++ python3-dev (Debian, Ubuntu)"
        )


def lock_of(stack: str) -> Path:
    """Returns the lock file of a stack."""
    return ROOT / "requirements" / f"tfx-{stack}.txt"


def stamp_of(stack: str) -> Dict[str, str]:
    """Returns what marks an environment of this stack as complete and current."""
    digest = hashlib.sha256(lock_of(stack).read_bytes() + (ROOT / "setup.py").read_bytes())
    return {"stack": stack, "lock": digest.hexdigest(), "folder": str(ROOT)}


def is_current(forced: Optional[str]) -> bool:
    """Whether the environment is complete and fits the lock and the stack asked for."""
    try:
        stamp = json.loads(STAMP.read_text())
        return stamp == stamp_of(forced or stamp["stack"])
    except (OSError, ValueError, KeyError):
        return False


def make_environment(stack: str, python: str, uv: str) -> None:
    """Installs the locked packages and the project into a new environment."""
    shutil.rmtree(VENV, ignore_errors=True)
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    _run([uv, "venv", "--quiet", "--python", python, str(VENV)])
    _run([uv, "pip", "sync", "--quiet", "--require-hashes", str(lock_of(stack))], environment)
    project = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    _run([uv, "pip", "install", "--quiet", *project], environment)
    STAMP.write_text(json.dumps(stamp_of(stack)))


def _run(command: List[str], environment: Optional[Dict[str, str]] = None) -> None:
    subprocess.run(
        command,
        check=True,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def main() -> None:
    """Makes the environment unless it is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stack", choices=[NEW, OLD], help="the TFX version, if not the best one")
    forced = parser.parse_args().stack
    if is_current(forced):
        return
    try:
        choice = choose(glibc_version(), find_interpreters(), forced)
        uv = find_uv()
        python = find_python(choice, uv)
        require_compiler(python)
        name = f"Python {choice.version[0]}.{choice.version[1]}"
        print(f"set-up: TFX {choice.stack} on {name} ({choice.reason})", flush=True)
        start = time.monotonic()
        make_environment(choice.stack, python, uv)
        print(f"set-up: .venv is ready after {time.monotonic() - start:.0f} s", flush=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {' '.join(error.cmd[:3])} failed:\n{(error.output or '')[-2000:]}")
    except SetupError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
