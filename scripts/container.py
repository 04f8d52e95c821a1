"""Commands in a root file system, in namespaces of their own, as a container runs them.

The network is the machine's. What is mounted goes away with the command.
"""

import dataclasses
import os
import shlex
import subprocess
from pathlib import Path
from typing import Dict, List, Tuple

from dockerfile import Config

from zeroskew.errors import WorkspaceError

# What a package manager needs to know of a machine that reaches the network through a proxy.
PASSED_TO_BUILD = (
    "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy",
    "PIP_DEFAULT_TIMEOUT", "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_HTTP_TIMEOUT",
)  # fmt: skip
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
HOST_FILES = ("/etc/hosts", "/etc/resolv.conf")
NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child")


@dataclasses.dataclass(frozen=True)
class Mount:
    """A folder or file of this machine, at a path in the container."""

    source: Path
    target: str


def require_root() -> None:
    """Checks that a root file system can be made and entered here.

    Raises:
        WorkspaceError: the user is not root, or root may not mount.
    """
    if os.geteuid() != 0:
        raise WorkspaceError(
            "a root file system is made and entered by root",
            received=f"the user with the number {os.geteuid()}",
            action="run it with sudo",
        )
    command = [*NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    tried = subprocess.run(command, capture_output=True, text=True)
    if tried.returncode:
        raise WorkspaceError(
            "root must be allowed to make namespaces and to mount in them",
            received=tried.stderr.strip(),
            action="run it on a machine, or in a container that has CAP_SYS_ADMIN",
        )


def build_command(root: Path, config: Config, script: str) -> Tuple[List[str], Dict[str, str]]:
    """Returns how a RUN is run, and the environment that it is run with."""
    passed = {name: os.environ[name] for name in PASSED_TO_BUILD if name in os.environ}
    # The machine's certificates are mounted, so that none gets into the image.
    places = dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE"), "/run/certificates.crt")
    env = {"HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", **passed, **places}
    setup = [
        f"mount -t tmpfs tmpfs {_quoted(root, '/run')}",
        f"cp {CERTIFICATES} {_quoted(root, '/run/certificates.crt')}",
    ]
    command = ["/bin/sh", "-e", "-c", script]
    return _enter(root, config, setup, command), {**env, **config.arguments, **config.env}


def run_command(
    root: Path,
    config: Config,
    mounts: List[Mount],
    empty: List[str],
    command: List[str],
    *,
    read_only: bool = False,
) -> List[str]:
    """Returns how a command is run as the image's user; its environment is the image's `env`.

    Args:
        root: the image's root file system.
        config: the image's user, folder and environment.
        mounts: what is mounted.
        empty: folders in memory that are empty at the start, and that everyone may write to.
        command: program and arguments.
        read_only: whether nothing of the image can be written to, whoever owns it.
    """
    whole = shlex.quote(str(root))
    # Only what is mounted can be remounted.
    closed = [f"mount --rbind {whole} {whole}", f"mount -o remount,bind,ro {whole}"]
    setup = closed if read_only else []
    setup += [f"mount -t tmpfs -o mode=1777 tmpfs {_quoted(root, folder)}" for folder in empty]
    for mount in mounts:
        target = root / mount.target.lstrip("/")
        if mount.source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        source = shlex.quote(str(mount.source.resolve()))
        setup.append(f"mount --rbind {source} {_quoted(root, mount.target)}")
    return _enter(root, config, setup, command)


def _enter(root: Path, config: Config, setup: List[str], command: List[str]) -> List[str]:
    host_files = [
        f"mount --bind {file} {_quoted(root, file)}" for file in HOST_FILES if os.path.exists(file)
    ]
    mounts = [
        f"mount -t proc proc {_quoted(root, '/proc')}",
        f"mount --rbind /dev {_quoted(root, '/dev')}",
        *host_files,
        *setup,
    ]
    inside = ["chroot", f"--userspec={config.user}", "--groups=", str(root)]
    inside += ["env", "--unset=PWD", f"--chdir={config.workdir}", *command]
    # The shell stays: it is process 1, with which all others end.
    lines = ["set -e", *mounts, "set +e", shlex.join(inside), "exit $?"]
    return [*NAMESPACES, "/bin/sh", "-c", "\n".join(lines)]


def _quoted(root: Path, path: str) -> str:
    return shlex.quote(f"{root}{path}")
