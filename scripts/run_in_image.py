"""Runs a command in the image's root file system, as the image's user.

    sudo scripts/in_image -- zeroskew --help
    sudo scripts/in_image --mount /tmp/output:/output --env AWS_REGION=eu-central-1 -- python run.py
    sudo --preserve-env scripts/in_image --env AWS_SECRET_ACCESS_KEY -- python run.py

A variable without a value gets the one that it has here: no secret need stand in a command line.
The command has the image's environment and folder, this machine's network, and empty folders of its
own where Kubernetes or the launcher of Kubeflow Pipelines mount them: /tmp, /gcs, /minio, /s3 and
its home. All other folders are the image's; scripts/rootfs.py builds them. With --read-only these
cannot be written to, and of the empty ones there is /tmp alone, as with Docker's own --read-only
and --tmpfs /tmp.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Dict, List

from container import Mount, require_root, run_command
from dockerfile import Config
from rootfs import IMAGE

from zeroskew.errors import SettingsError, WorkspaceError, ZeroskewError

EMPTY = ("/gcs", "/minio", "/s3", "/tmp")


def read_image() -> "tuple[Path, Config]":
    """Returns the root of the image that was built last, and what a container starts with."""
    if not IMAGE.exists():
        raise WorkspaceError(
            "the image's root file system must have been built",
            received=f"no {IMAGE}",
            action="sudo .venv/bin/python scripts/rootfs.py",
        )
    image = json.loads(IMAGE.read_text(encoding="utf-8"))
    return Path(image["root"]), Config(image["env"], {}, image["user"], image["workdir"])


def read_mount(text: str) -> Mount:
    """Returns what SOURCE:TARGET says."""
    source, colon, target = text.partition(":")
    if not (colon and target.startswith("/") and Path(source).exists()):
        raise SettingsError(
            "--mount takes SOURCE:TARGET",
            allowed="a path that exists here, and an absolute path in the image",
            received=text,
        )
    return Mount(Path(source), target)


def read_variables(texts: List[str]) -> Dict[str, str]:
    """Returns what NAME=VALUE says, and the value here of a NAME alone; no value leaves it out."""
    variables = {}
    for text in texts:
        name, given, value = text.partition("=")
        if given or name in os.environ:
            variables[name] = value if given else os.environ[name]
    return variables


def run(command: List[str], env: Dict[str, str]) -> int:
    """Runs a command, which ends with this process, however this process ends.

    Returns:
        The command's exit code; 128 and the number of the signal that ended it.
    """
    process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], env=env)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: process.kill())
    code = process.wait()
    return code if code >= 0 else 128 - code


def main(argv: List[str]) -> int:
    """Runs what the command line says and returns its exit code."""
    parser = argparse.ArgumentParser(prog="in_image", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mount", action="append", default=[], metavar="SOURCE:TARGET")
    parser.add_argument("--env", action="append", default=[], metavar="NAME[=VALUE]")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="after --")
    options = parser.parse_args(argv)
    require_root()
    root, config = read_image()
    mounts = [read_mount(text) for text in options.mount]
    mounted = {mount.target for mount in mounts}
    folders = ("/tmp",) if options.read_only else (*EMPTY, config.env["HOME"])
    empty = [folder for folder in folders if folder not in mounted]
    command = run_command(root, config, mounts, empty, options.command, read_only=options.read_only)
    return run(command, {**config.env, **read_variables(options.env)})


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ZeroskewError as error:
        sys.exit(f"error: {error}")
