"""What a report of a fault should say about the machine."""

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Annotated, Any

import typer

from zeroskew import __version__

PACKAGES = (
    "tfx",
    "tfx-bsl",
    "tensorflow",
    "tensorflow-transform",
    "tensorflow-data-validation",
    "tensorflow-model-analysis",
    "ml-metadata",
    "apache-beam",
    "keras",
    "numpy",
    "pyarrow",
    "duckdb",
    "protobuf",
)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_GIB = 1 << 30
_SECONDS_TO_ANSWER = 20


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Say what is installed here, for the report of a fault.

    It holds no name of a user, a host or a file.
    """
    found = examine()
    if as_json:
        typer.echo(json.dumps(found))
        return
    for name, value in found.items():
        if isinstance(value, dict):
            for package, version in value.items():
                typer.echo(f"{package:<28}{version or 'none'}")
        else:
            typer.echo(f"{name:<28}{'none' if value is None else value}")


def examine() -> dict[str, Any]:
    """Returns what is known of this machine; None for what is not there."""
    return {
        "zeroskew": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "libc": " ".join(platform.libc_ver()) or None,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": _memory_gib(),
        "free_disk_gib": round(shutil.disk_usage(Path.cwd()).free / _GIB, 1),
        "free_temporary_gib": round(shutil.disk_usage(_temporary()).free / _GIB, 1),
        "java": _first_line("java", "-version"),
        "chromium": next(filter(None, (_first_line(one, "--version") for one in _BROWSERS)), None),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _temporary() -> str:
    return os.environ.get("TMPDIR", "/tmp")


def _memory_gib() -> float:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = Path("/sys/fs/cgroup/memory.max")
    # A container may have less than the machine.
    text = limit.read_text(encoding="utf-8").strip() if limit.is_file() else ""
    return round((min(pages, int(text)) if text.isdigit() else pages) / _GIB, 1)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _first_line(program: str, option: str) -> str | None:
    """Returns what a program says of its version; None if there is none that answers."""
    found = shutil.which(program)
    if found is None:
        return None
    try:
        done = subprocess.run(
            [found, option],
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_ANSWER,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Java answers on standard error.
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines and not done.returncode else None
