"""Commands in the image, and what the kernel says of the processes that run in it."""

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from image_scripts import run_in_image
from script_modules import PROJECT

IN_IMAGE = str(PROJECT / "scripts" / "in_image")
USER = 65532
# What KFP's launcher shares with a step.
_SHARED = ("gcs", "minio", "s3", "tmp")


def image_root() -> Path:
    """Returns where the root file system lies that was built last."""
    root: Path = run_in_image.read_image()[0]
    return root


def run(*command: str, options: tuple[str, ...] = (), timeout: float = 120) -> Any:
    """Runs a command in the image."""
    return subprocess.run(
        [IN_IMAGE, *options, "--", *command], capture_output=True, text=True, timeout=timeout
    )


def own(folder: Path) -> Path:
    """Gives a folder to the image's user, for a command to which it is mounted."""
    os.chown(folder, USER, USER)
    return folder


def pods(volumes: Mapping[str, Path]) -> Callable[[Path, Iterable[str]], list[str]]:
    """Returns how a cluster's steps enter the image; a volume is a folder here, by its path there.

    The values of their variables do not get into a command line.
    """

    def enter(disk: Path, variables: Iterable[str]) -> list[str]:
        folders = {f"/{name}": disk / name for name in _SHARED} | dict(volumes)
        mounts = [f"--mount={folder}:{target}" for target, folder in folders.items()]
        return [IN_IMAGE, *mounts, *(f"--env={name}" for name in variables), "--"]

    return enter


class Process(NamedTuple):
    """A process as the kernel knows it.

    Attributes:
        users: numbers of the users that it is and may become.
        capabilities: what it may beyond that.
        program: file that it runs.
        root: its root folder.
    """

    users: frozenset[int]
    capabilities: int
    program: Path
    root: Path


class Watch:
    """Looks, as long as it is entered, which processes run the steps of a pipeline.

    Args:
        bucket: of the pipeline; this machine may run others.

    Attributes:
        seen: by step, the processes of its container's command.
    """

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket.encode()
        self.seen: dict[str, set[Process]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.05):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    self._look_at(folder)
                except OSError:
                    continue  # it has ended meanwhile

    def _look_at(self, folder: Path) -> None:
        line = (folder / "cmdline").read_bytes()
        words = line.decode(errors="replace").split("\0")
        if (
            words[:3] != ["python", "-m", "zeroskew_kubeflow.step.entrypoint"]
            or self._bucket not in line
        ):
            return
        (step,) = [word.partition("=")[2] for word in words if word.startswith("--component_id=")]
        status = (folder / "status").read_text()
        found = dict(re.findall(r"^(\w+):\t(.*)$", status, re.MULTILINE))
        process = Process(
            frozenset(map(int, found["Uid"].split())),
            int(found["CapEff"], 16) | int(found["CapPrm"], 16),
            Path(os.readlink(folder / "exe")),
            Path(os.readlink(folder / "root")),
        )
        self.seen.setdefault(step, set()).add(process)
